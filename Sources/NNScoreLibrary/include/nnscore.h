// libnnscore: opens a model file of nnscore and scores rows with it. It needs libc and libm, nothing else.
//
//   nnscore_error error;
//   nnscore_model *model;
//   nnscore_scorer *scorer;
//   if (nnscore_model_open("digits.safetensors", &model, &error) != NNSCORE_OK) return puts(error.message);
//   if (nnscore_scorer_make(model, 1, &scorer, &error) != NNSCORE_OK) return puts(error.message);
//   float scores[10];
//   if (nnscore_score_uint8(scorer, pixels, 1, scores, 10, &error) != NNSCORE_OK) return puts(error.message);
//   puts(nnscore_model_label(model, nnscore_model_predicted_label(model, scores)));
//   nnscore_scorer_free(scorer);
//   nnscore_model_close(model);
//
// Rows and scores
//   A batch is row-major: count rows of nnscore_model_features() elements with nothing between them, each row height × width ×
//   channels in that order. Scores are count rows of nnscore_model_outputs() floats: the last layer's activations.
//   For one version and one row the scores are the same to the last bit, whatever the batch, the row's place in it, the number of
//   threads, the instruction set and the floating-point environment of the caller.
//
// Errors
//   What can fail returns a status and, where `error` is not NULL, the same status and a message in it; also NNSCORE_OK and an empty
//   message. Nothing is kept between calls, nothing is printed, no signal is raised, and no input ends the process: NULL where it
//   is not allowed, counts too large and memory that runs out are statuses too. (Memory that is not there, or handles that were
//   freed, cannot be told from others; and where memory is so short that not even some kilobytes can be had, the process may end, as it
//   does where a file is cut short at the moment that it is opened: the system answers with SIGBUS.)
//
// Threads
//   Any number of threads may use one model. A scorer is used by one call at a time: make one for each thread, they share the
//   model's weights. A call that finds its scorer in use by another returns NNSCORE_SCORER_IN_USE.
//   After fork(), models and scorers work in the child too; threads of a scorer are made anew there when they are needed. Only a
//   scorer that another thread was scoring with during the fork stays in use there for ever.
//
// Ownership
//   Models and scorers are freed by nnscore_model_close and nnscore_scorer_free, in any order: a scorer keeps what it needs of its
//   model. Texts that a model gives are UTF-8 ending in a zero byte, and last until nnscore_model_close; a zero byte within one, which
//   model files may have, is U+FFFD. Rows and scores are the caller's, are not kept, and need the alignment of their elements.
#ifndef NNSCORE_H
#define NNSCORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The version of this header; a library of the same major version, and while that is 0 of the same minor version, serves it.
#define NNSCORE_VERSION_MAJOR 0
#define NNSCORE_VERSION_MINOR 1
#define NNSCORE_VERSION_PATCH 0
#define NNSCORE_VERSION (NNSCORE_VERSION_MAJOR * 1000000 + NNSCORE_VERSION_MINOR * 1000 + NNSCORE_VERSION_PATCH)

// The NNSCORE_VERSION of the library that answers.
uint32_t nnscore_version(void);

// --- Errors ----------------------------------------------------------------------------------------------------------

// What a call came to. More may be added: treat any that you do not know as an error.
typedef int32_t nnscore_status;
enum {
  NNSCORE_OK = 0,
  // A NULL where none is allowed, a count whose rows no memory could hold, a pointer without its elements' alignment.
  NNSCORE_INVALID_ARGUMENT = 1,
  NNSCORE_OUT_OF_MEMORY = 2,
  // The system refused to open or read the file.
  NNSCORE_CANNOT_OPEN = 3,
  // Something else than a model file.
  NNSCORE_NOT_A_MODEL = 4,
  // A model file that breaks a rule of its format.
  NNSCORE_INVALID_MODEL = 5,
  // A model file whose bytes are not those that were written.
  NNSCORE_DAMAGED_MODEL = 6,
  // A model file of a later format than this library reads.
  NNSCORE_UNSUPPORTED_MODEL = 7,
  // A golden example has another answer than was kept with the model.
  NNSCORE_GOLDEN_MISMATCH = 8,
  // Rows of another element type than the model takes.
  NNSCORE_WRONG_ELEMENT_TYPE = 9,
  // Memory for fewer scores than the batch has.
  NNSCORE_OUTPUT_TOO_SMALL = 10,
  // The environment variable NNSCORE_ISA names an instruction set that is unknown or that this processor lacks.
  NNSCORE_UNSUPPORTED_INSTRUCTION_SET = 11,
  // A number of threads that cannot be, or that the system does not give.
  NNSCORE_THREADS_UNAVAILABLE = 12,
  // Another call is using the scorer.
  NNSCORE_SCORER_IN_USE = 13,
};

// A few words on a status, such as "out of memory"; never NULL, never freed.
const char *nnscore_status_text(nnscore_status status);

// The bytes of a message with the zero at its end.
#define NNSCORE_MESSAGE_SIZE 512

// Why a call failed; memory of the caller. The message is UTF-8 and says what is wrong, where, what was expected and what to do. It
// always ends in a zero byte; one that is too long is cut between two characters.
typedef struct nnscore_error {
  nnscore_status code;
  char message[NNSCORE_MESSAGE_SIZE];
} nnscore_error;

// --- Models ----------------------------------------------------------------------------------------------------------

// A model with its weights packed for this processor; never changed, so any number of threads may use it.
typedef struct nnscore_model nnscore_model;

// Opens a model file, as `nnscore export` writes it, and checks every byte of it. The file is not needed afterwards, but must not be
// cut short meanwhile; one that is replaced by renaming another over it never is.
//
// path: as open(2) takes it. model: set to the model, or to NULL on failure.
// Where a processor has AMX, the first model asks Linux to let the process use its registers; alternate signal stacks (sigaltstack) must
// then have room for them, AT_MINSIGSTKSZ of getauxval. A process that has a smaller one already does without, with the same bits.
// The instruction set is the processor's best, or the one that the environment variable NNSCORE_ISA names: portable, avx2, avx512 or
// neon.
nnscore_status nnscore_model_open(const char *path, nnscore_model **model, nnscore_error *error);

// The same for a model file of `count` bytes in memory, which is not needed afterwards. bytes may be NULL if count is 0.
nnscore_status nnscore_model_open_memory(const void *bytes, size_t count, nnscore_model **model, nnscore_error *error);

// Frees a model and its texts; scorers made of it can still be used. NULL is allowed.
void nnscore_model_close(nnscore_model *model);

// Scores the golden examples that the model file has, if any, and compares every bit with the answers kept beside them.
//
// count: NULL, or set to the number of examples (0 for a model without, which is no error).
// Returns NNSCORE_GOLDEN_MISMATCH if the model is not the one that was kept, or if this processor computes otherwise.
nnscore_status nnscore_model_replay(const nnscore_model *model, size_t *count, nnscore_error *error);

// The types of a row's elements. More may be added.
typedef int32_t nnscore_element_type;
enum {
  // Bytes, in general the values of pixels: rows for nnscore_score_uint8.
  NNSCORE_UINT8 = 0,
  // IEEE 754 binary32: rows for nnscore_score_float32.
  NNSCORE_FLOAT32 = 1,
};

// What a model computes with. More may be added.
typedef int32_t nnscore_precision;
enum {
  NNSCORE_PRECISION_FLOAT32 = 0,
  // Bytes, added up in whole numbers of 32 bits.
  NNSCORE_PRECISION_INT8 = 1,
};

// What a row is. For NULL these give 0, and -1 where the result is an enumeration.
nnscore_element_type nnscore_model_element_type(const nnscore_model *model);
size_t nnscore_model_height(const nnscore_model *model);
size_t nnscore_model_width(const nnscore_model *model);
// 1 (grey) or 3 (red, green, blue) for pictures; any number for other data.
size_t nnscore_model_channels(const nnscore_model *model);
// The elements of a row: height × width × channels.
size_t nnscore_model_features(const nnscore_model *model);
// The scores of a row.
size_t nnscore_model_outputs(const nnscore_model *model);

// What the scores of a row are. More may be added.
typedef int32_t nnscore_task;
enum {
  // Probabilities of classes, of which a row has one.
  NNSCORE_TASK_CLASSIFICATION = 0,
  // Probabilities of labels, of which a row may have any number: each on its own.
  NNSCORE_TASK_MULTILABEL = 1,
  // Quantities.
  NNSCORE_TASK_REGRESSION = 2,
};
nnscore_task nnscore_model_task(const nnscore_model *model);

// The names of the classes, labels or quantities: as many as outputs, or two for one sigmoid output, which then is the second's probability.
size_t nnscore_model_label_count(const nnscore_model *model);
// The name of class `index`, from 0; NULL if there is none.
const char *nnscore_model_label(const nnscore_model *model, size_t index);
// The class that one row of scores speaks for: for one sigmoid output of two labels, 1 where it is above 0.5; else the highest
// score's index, the first of equals. NaN never wins; 0 if all are. Only where the task is classification does it say anything. scores: nnscore_model_outputs() floats. SIZE_MAX for NULL.
size_t nnscore_model_predicted_label(const nnscore_model *model, const float *scores);

// Which version this is: the model's name, the version's number (from 1; 0 for a model that no store holds) and digest ("sha256:" and
// 64 hexadecimal digits over architecture, input format, labels and tensors). NULL or 0 for NULL.
const char *nnscore_model_name(const nnscore_model *model);
int64_t nnscore_model_number(const nnscore_model *model);
const char *nnscore_model_digest(const nnscore_model *model);

nnscore_precision nnscore_model_precision(const nnscore_model *model);
// "portable", "avx2", "avx512" or "neon"; all give the same bits. NULL for NULL.
const char *nnscore_model_instruction_set(const nnscore_model *model);

// --- Scorers ---------------------------------------------------------------------------------------------------------

// Memory for what lies between the layers, and threads if asked for.
typedef struct nnscore_scorer nnscore_scorer;

// Makes a scorer of a model.
//
// threads: 0 or 1 for the caller's thread alone; up to 1024 for so many, the caller's being one. Those of its own sleep while there is
// nothing to do, handle no signals, and share batches that are worth it; more than the processor has cores make nothing faster.
// scorer: set to the scorer, or to NULL on failure.
nnscore_status nnscore_scorer_make(const nnscore_model *model, size_t threads, nnscore_scorer **scorer,
                                   nnscore_error *error);

// Ends the scorer's threads and frees it. NULL is allowed. No other call may be using it.
void nnscore_scorer_free(nnscore_scorer *scorer);

// Scores rows of bytes with a model whose element type is NNSCORE_UINT8. Allocates nothing.
//
// rows: [count][features], may be NULL if count is 0. scores: [count][outputs], of which `capacity` floats can be written; it may not
// overlap rows; may be NULL if count is 0. On failure no score is written.
nnscore_status nnscore_score_uint8(nnscore_scorer *scorer, const uint8_t *rows, size_t count, float *scores,
                                   size_t capacity, nnscore_error *error);

// The same for rows of floats and a model whose element type is NNSCORE_FLOAT32. A NaN in a row gives the scores that the arithmetic
// gives, NaN in general, each the one quiet NaN 0x7fc00000, and never reaches another row.
nnscore_status nnscore_score_float32(nnscore_scorer *scorer, const float *rows, size_t count, float *scores,
                                     size_t capacity, nnscore_error *error);

#ifdef __cplusplus
}
#endif
#endif
