// The inner loops of training: what forward propagation, backward propagation and optimisers do to a chunk of examples.
//
// As in nnkernels.h the result of every function is the same to the last bit on every instruction set, and none allocates,
// locks or keeps state. REAL is float or double.
//
// A chunk has at most NNK_BLOCK examples. Its activations lie in panels, so that vector lanes run across examples, the weights
// need no packing, and what one layer writes the next one reads:
//
//     example i of unit u is element [i / lanes][u][i % lanes] of [panels][units][lanes]
//
// with lanes of the instruction set. Lanes behind the last example hold whatever they hold: no result of an example depends on
// another one's.
#ifndef NNTRAINING_H
#define NNTRAINING_H

#include "nnkernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// A first layer of at most so many outputs has its weights turned, [inputs][outputs], so that its products need not do it each time.
#define NNK_NARROW_OUTPUTS 48
// The elements of memory that the products need for what they pack.
#define NNK_TRAINING_SCRATCH (4 * 16 * NNK_BLOCK)

// What the last layer's outputs are held against. With z its weighted sums and t the targets, both [m][n], the loss of an example is
typedef enum nnk_loss {
  // Σ_j t[j]·(log Σ e^z - z[j]): cross-entropy of softmax, Σ_j t[j] = 1.
  NNK_LOSS_SOFTMAX = 0,
  // Σ_j log(1 + e^z[j]) - t[j]·z[j]: cross-entropy of sigmoids, 0 ≤ t ≤ 1.
  NNK_LOSS_SIGMOID = 1,
  // 1/n Σ_j (z[j] - t[j])²: squared error of linear outputs.
  NNK_LOSS_SQUARES = 2,
} nnk_loss;

// A stream of random bits: Philox4x32-10 (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Word w of unit
// u of example e comes from the counter (u / 4, e, stream, step), word u % 4, under the key.
typedef struct nnk_random {
  uint64_t key;
  uint32_t stream;
  uint32_t step;
} nnk_random;
// The four words of one counter.
void nnk_random_words(nnk_random random, uint32_t example, uint32_t block, uint32_t words[4]) NNK_NONBLOCKING;

// A change of a picture: mirrored left to right, then turned about its centre (sine 0 for not at all), then moved by whole pixels, then
// made brighter by `brightness` of 255. What comes in at the edges repeats the last pixel; between pixels there are 256 parts.
typedef struct nnk_change {
  bool mirrored;
  double sine;
  double cosine;
  int32_t right;
  int32_t down;
  int32_t brightness;
} nnk_change;
// from and to: [height][width][channels], not the same memory.
void nnk_augment(size_t height, size_t width, size_t channels, nnk_change change, const uint8_t *from,
                 uint8_t *to) NNK_NONBLOCKING;

// Some columns of a matrix, in order: their `places` in its rows, and the runs that they make, of which each has a first column and a
// length in `runs`.
typedef struct nnk_columns {
  size_t count;
  size_t run_count;
  const uint32_t *places;
  const uint32_t *runs;
} nnk_columns;
// The elements that `runs` must have for k columns, and those behind a row that is spread which are written too.
static inline size_t nnk_column_runs(size_t k) { return 2 * (k / 5 + 2); }
#define NNK_SPREAD_SLACK 16
// The columns of rows of bytes [m][k] that have anything but zeros, and some more: the first, and short gaps between others. places [k];
// k from 1 up to 2^32 - 1.
nnk_columns nnk_find_columns(size_t m, size_t k, const uint8_t *rows, uint32_t *places, uint32_t *runs) NNK_NONBLOCKING;
// These columns of rows of bytes [m][k], side by side: taken [m][columns->count].
void nnk_take_columns(size_t m, size_t k, const uint8_t *rows, const nnk_columns *columns, uint8_t *taken) NNK_NONBLOCKING;

// Rows of bytes [m][k] once more, as a first layer of few outputs reads them without putting them in order each time: `columns`
// [⌈m / 16⌉][k][16], of which each has a column of 16 rows, zeros behind the last row; and `lines` [⌊k / 64⌋][m][64].
static inline size_t nnk_arranged_columns(size_t m, size_t k) { return (m + 15) / 16 * 16 * k; }
static inline size_t nnk_arranged_lines(size_t m, size_t k) { return k / 64 * 64 * m; }
void nnk_arrange(size_t m, size_t k, const uint8_t *rows, uint8_t *columns, uint8_t *lines) NNK_NONBLOCKING;

// Threads that share the phases of a training: `count` of them, of which the one that calls is the first. waits_awake: whether they may have
// a processor each all the time, so that who waits for the others for a moment need not sleep. Returns 0 or an errno value.
typedef struct nnk_crew nnk_crew;
int nnk_crew_make(size_t count, bool waits_awake, nnk_crew **crew);
// Not while a phase runs; NULL is nothing.
void nnk_crew_end(nnk_crew *crew);
// body(context, thread, piece) for each piece from 0 up to `pieces` - 1, each by one thread (0 up to `count` - 1); returns when all are
// done. Who calls while a phase runs, or from within one, or after a fork, does all as thread 0, as for more than 65,535 pieces.
// Allocates nothing.
void nnk_crew_run(nnk_crew *crew, size_t pieces, void (*body)(void *context, size_t thread, size_t piece), void *context);

#define NNK_TRAINING_FUNCTIONS(NAME, REAL)                                                                                  \
  typedef struct NAME {                                                                                                     \
    size_t lanes;                                                                                                           \
    /* c = bias + w·b, n units of panels of `units`: w(j, x) at w + j·w_row + x·w_col, b [panels][k][lanes], bias [n] or    \
       NULL. */                                                                                                             \
    void (*product)(size_t panels, size_t n, size_t k, const REAL *w, ptrdiff_t w_row, ptrdiff_t w_col, const REAL *b,      \
                    const REAL *bias, REAL *c, size_t units) NNK_NONBLOCKING;                                               \
    /* The same sums where b is 0 in all but some columns: b has these alone, w has all, w(j, x) at w + j·w_row + x. */     \
    void (*product_of)(size_t panels, size_t n, const nnk_columns *columns, const REAL *w, size_t w_row, const REAL *b,     \
                       const REAL *bias, REAL *c, size_t units) NNK_NONBLOCKING;                                            \
    /* The same for all units, with b as bytes [m][k], which at most NNK_NARROW_OUTPUTS units take from the columns of      \
       nnk_arrange if `arranged` is not NULL. */                                                                            \
    void (*product_u8)(size_t m, size_t n, size_t k, const REAL *w, ptrdiff_t w_row, ptrdiff_t w_col, const uint8_t *b,     \
                       const uint8_t *arranged, const REAL *bias, REAL *c, REAL *scratch) NNK_NONBLOCKING;                  \
    /* Bytes [m][k] as panels of k units. */                                                                                \
    void (*panels_u8)(size_t m, size_t k, const uint8_t *bytes, REAL *panels) NNK_NONBLOCKING;                              \
    /* rows[u][i] = panels[i][u], n units of panels of `units`: rows of units, `stride` elements apart. */                  \
    void (*rows)(size_t n, size_t m, const REAL *panels, size_t units, REAL *rows, size_t stride) NNK_NONBLOCKING;          \
    /* examples [m][n] from panels and back (lanes behind the last example are 0). */                                       \
    void (*examples)(size_t n, size_t m, const REAL *panels, REAL *examples) NNK_NONBLOCKING;                               \
    void (*panels)(size_t n, size_t m, const REAL *examples, REAL *panels) NNK_NONBLOCKING;                                 \
    /* gradient[j][x] = (begins ? 0 : gradient[j][x]) + Σ_i delta[j][i]·a[i][x] for `count` columns from `first`, one sum    \
       over the chunk's examples in order: delta as rows, a in panels of k units, gradient [n][k]. */                       \
    void (*weight_gradient)(size_t m, size_t n, size_t k, size_t first, size_t count, const REAL *delta, size_t stride,     \
                            const REAL *a, REAL *gradient, bool begins, REAL *scratch) NNK_NONBLOCKING;                     \
    /* The same with a as bytes [m][k], m above 0, and rows of the gradient `row` elements apart. At most                   \
       NNK_NARROW_OUTPUTS units take the bytes from the lines of nnk_arrange if `arranged` is not NULL; `first` is then a   \
       multiple of 64. */                                                                                                   \
    void (*weight_gradient_u8)(size_t m, size_t n, size_t k, size_t first, size_t count, const REAL *delta, size_t stride,  \
                               const uint8_t *a, const uint8_t *arranged, REAL *gradient, size_t row, bool begins,          \
                               REAL *scratch) NNK_NONBLOCKING;                                                              \
    /* gradient[j] = (begins ? 0 : gradient[j]) + Σ_i delta[j][i], in order. */                                             \
    void (*bias_gradient)(size_t m, size_t n, const REAL *delta, size_t stride, REAL *gradient,                             \
                          bool begins) NNK_NONBLOCKING;                                                                     \
    /* delta *= activation'(z), expressed by a = activation(z), element by element. Not for softmax. */                     \
    void (*activation_gradient)(nnk_activation activation, size_t count, const REAL *a, REAL *delta) NNK_NONBLOCKING;       \
    /* losses [m] of z [m][n] and targets [m][n]. */                                                                        \
    void (*losses)(nnk_loss loss, size_t m, size_t n, const REAL *z, const REAL *targets, double *losses) NNK_NONBLOCKING;  \
    /* delta = (a - targets)·factors[i], for squares twice that by n: the gradient of Σ factors·losses by z. */             \
    void (*output_delta)(nnk_loss loss, size_t m, size_t n, const REAL *a, const REAL *targets, const REAL *factors,        \
                         REAL *delta) NNK_NONBLOCKING;                                                                      \
    /* to = random word < keep ? from·scale : 0 over n units, from number `unit` on, a multiple of 4, of panels of `units`, \
       and m examples that begin with number `first`: a unit is kept with the probability keep / 2^32. */                   \
    void (*dropout)(nnk_random random, size_t first, size_t m, size_t unit, size_t n, size_t units, uint32_t keep,          \
                    REAL scale, const REAL *from, REAL *to) NNK_NONBLOCKING;                                                \
    /* x = v·scale[c] - offset[c], c = index mod channels, folded into a first layer of n outputs and k inputs (see         \
       nnkernels.h), with folded_weight NULL into its biases alone; into the weights alone of the columns `first` up to     \
       `first + count`, turned to [k][n], n at most NNK_NARROW_OUTPUTS; and the way back for such columns of a gradient     \
       [n][k], in place. Where `columns` is not NULL each row begins with the gradient of these alone, side by side, and    \
       becomes that of all k: first must be 0 and count k. Only then is `spread` used, k + NNK_SPREAD_SLACK elements. */    \
    void (*fold)(size_t n, size_t k, size_t channels, const REAL *weight, const REAL *bias, const double *scale,            \
                 const double *offset, REAL *folded_weight, REAL *folded_bias) NNK_NONBLOCKING;                             \
    void (*fold_turned)(size_t n, size_t k, size_t first, size_t count, size_t channels, const REAL *weight,                \
                        const double *scale, REAL *folded_weight) NNK_NONBLOCKING;                                          \
    void (*unfold)(size_t n, size_t k, size_t first, size_t count, size_t channels, REAL *gradient,                         \
                   const REAL *bias_gradient, const double *scale, const double *offset, const nnk_columns *columns,        \
                   REAL *spread) NNK_NONBLOCKING;                                                                           \
    /* x *= factor; to += factor·x; Σ x², in 16 sums of every sixteenth, added in order. */                                 \
    void (*scale)(size_t count, REAL factor, REAL *x) NNK_NONBLOCKING;                                                      \
    void (*add)(size_t count, REAL factor, const REAL *x, REAL *to) NNK_NONBLOCKING;                                        \
    double (*square_sum)(size_t count, const REAL *x) NNK_NONBLOCKING;                                                      \
    /* Optimisers, element by element; g the gradient, p the parameters.                                                    \
       descend   p -= rate·g                                                                                                \
       momentum  v = momentum·v + g; p -= rate·v, of Nesterov p -= rate·(g + momentum·v)                                    \
       rmsprop   v = decay·v + (1 - decay)·g²; p -= rate·(g / (√v + epsilon))                                               \
       adam      m += (1 - decay1)·(g - m); v = decay2·v + (1 - decay2)·g²; p -= rate·(m / (√v·correction + epsilon))       \
       m and v below 2^-100 (in 64 bits 2^-1000) become 0, and g² of a g below 2^-50 (2^-500) is 0: what a gradient         \
       that stays 0 leaves behind would otherwise be subnormal, and slow to compute with. */                                \
    void (*descend)(size_t count, REAL rate, const REAL *g, REAL *p) NNK_NONBLOCKING;                                       \
    void (*momentum)(size_t count, REAL rate, REAL momentum, bool nesterov, const REAL *g, REAL *v,                         \
                     REAL *p) NNK_NONBLOCKING;                                                                              \
    void (*rmsprop)(size_t count, REAL rate, REAL decay, REAL rest, REAL epsilon, const REAL *g, REAL *v,                   \
                    REAL *p) NNK_NONBLOCKING;                                                                               \
    void (*adam)(size_t count, REAL rate, REAL rest1, REAL decay2, REAL rest2, REAL correction, REAL epsilon,               \
                 const REAL *g, REAL *m, REAL *v, REAL *p) NNK_NONBLOCKING;                                                 \
  } NAME;

NNK_TRAINING_FUNCTIONS(nnk_f32_training, float)
NNK_TRAINING_FUNCTIONS(nnk_f64_training, double)

#ifdef __cplusplus
}
#endif
#endif
