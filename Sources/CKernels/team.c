// Threads that belong to one scorer: made when they are first needed, asleep while there is nothing to do.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nnkernels.h"

// Scoring needs some 5 kB, or 130 kB without optimisation; the rest is for a signal handler of the program's own.
#define STACK_BYTES (256 << 10)
// A batch with fewer operations of floats, or what takes as long, is done before another thread would have woken.
#define LEAST_OPERATIONS 12e6
// Fewer rows a thread would read the weights more often than they are used.
#define LEAST_ROWS 16
// What the caller's thread has done before another has woken.
#define WAKING_OPERATIONS 4e6
// The rows of a thread are a multiple of this, so that they are whole tiles.
#define ROWS 6
// The rows that a thread takes at least where they are taken piece by piece: of a network so wide that its weights do not stay in the
// second-level cache, and of any other. And those that there must be for each thread: pieces of fewer would cost more than they even out.
#define WIDE_PIECE 96
#define WIDE_SHARE 512
#define PIECE 24
#define SHARE 240

// What all do at once. Rows are taken in order: by the caller `first` ones, and then `step` at a time by whoever asks; or, if `least` is
// not 0, two thirds of an equal share of those that are left, so that a thread whose core is slower, or busy, does fewer.
typedef struct batch {
  const nnk_network *network;
  size_t inputs;
  size_t outputs;
  size_t rows;
  size_t first;
  size_t step;
  size_t least;
  size_t threads;
  const uint8_t *bytes;
  const float *floats;
  float *scores;
} batch;

typedef struct member {
  nnk_team *team;
  pthread_t thread;
  void *workspace;
} member;

struct nnk_team {
  pthread_mutex_t mutex;
  pthread_cond_t work;
  pthread_cond_t done;
  // The process that the threads run in: after a fork they are not there.
  pid_t process;
  size_t count;
  size_t started;
  uint64_t round;
  bool ends;
  batch batch;
  // The rows that were taken, and the threads that score some.
  size_t taken;
  size_t busy;
  member members[];
};

// The rows that the next to ask is to take.
static size_t next_rows(const batch *batch, size_t taken) {
  const size_t left = batch->rows - taken;
  size_t count = taken == 0 ? batch->first : batch->step;
  if (batch->least > 0) {
    count = 2 * left / (3 * batch->threads) / (2 * ROWS) * (2 * ROWS);
    if (count < batch->least) count = batch->least;
    // A tile of few rows, or a single one, takes as long as a larger one.
    if (left < count + 2 * ROWS) count = left;
  }
  return count < left ? count : left;
}

// Takes rows and scores them until none is left. The lock is held before and after.
static void work(nnk_team *team, void *workspace) {
  const batch batch = team->batch;
  for (size_t start, count; (count = next_rows(&batch, start = team->taken)) > 0;) {
    team->taken = start + count;
    team->busy += 1;
    pthread_mutex_unlock(&team->mutex);
    nnk_score(batch.network, count, batch.bytes ? batch.bytes + start * batch.inputs : NULL,
              batch.floats ? batch.floats + start * batch.inputs : NULL, batch.scores + start * batch.outputs, workspace);
    pthread_mutex_lock(&team->mutex);
    team->busy -= 1;
  }
}

static void *serve(void *argument) {
  member *self = argument;
  nnk_team *team = self->team;
  uint64_t seen = 0;
  pthread_mutex_lock(&team->mutex);
  for (;;) {
    while (team->round == seen && !team->ends) pthread_cond_wait(&team->work, &team->mutex);
    if (team->ends) break;
    seen = team->round;
    work(team, self->workspace);
    if (team->busy == 0) pthread_cond_signal(&team->done);
  }
  pthread_mutex_unlock(&team->mutex);
  return NULL;
}

// Starts the threads that are not there yet, with all signals blocked, so that the program's handlers run on its own threads.
static int start(nnk_team *team) {
  if (team->process != getpid()) {
    // Whatever state a fork left the lock in, nobody holds it here.
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->done, NULL);
    team->process = getpid();
    team->started = 0;
    team->round = 0;
    team->taken = 0;
    team->busy = 0;
    team->batch.rows = 0;
  }
  if (team->started == team->count) return 0;
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error) return error;
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (!error && team->started < team->count) {
    member *next = &team->members[team->started];
    error = pthread_create(&next->thread, &attributes, serve, next);
    if (!error) team->started += 1;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

int nnk_team_make(size_t threads, size_t workspace, nnk_team **result) {
  *result = NULL;
  const size_t count = threads > 1 ? threads - 1 : 0;
  nnk_team *team = calloc(1, sizeof(nnk_team) + count * sizeof(member));
  if (!team) return ENOMEM;
  team->count = count;
  for (size_t i = 0; i < count; i++) {
    void *memory = NULL;
    const int error = posix_memalign(&memory, 64, workspace + 64);
    if (error) {
      nnk_team_end(team);
      return error;
    }
    // As nnk_score wants its workspace.
    *(uint8_t *)memory = 0;
    team->members[i] = (member){.team = team, .workspace = memory};
  }
  const int error = start(team);
  if (error) {
    nnk_team_end(team);
    return error;
  }
  *result = team;
  return 0;
}

void nnk_team_end(nnk_team *team) {
  if (!team) return;
  if (team->process == getpid()) {
    pthread_mutex_lock(&team->mutex);
    team->ends = true;
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->mutex);
    for (size_t i = 0; i < team->started; i++) pthread_join(team->members[i].thread, NULL);
    pthread_mutex_destroy(&team->mutex);
    pthread_cond_destroy(&team->work);
    pthread_cond_destroy(&team->done);
  }
  for (size_t i = 0; i < team->count; i++) free(team->members[i].workspace);
  free(team);
}

size_t nnk_team_step(size_t m, size_t threads, double waking) {
  // The caller begins at once, and so does more.
  const double share = waking < (double)m / 4 ? ((double)m - waking) / (double)threads : (double)m / (double)threads;
  const size_t nearest = ((size_t)share + ROWS / 2) / ROWS * ROWS;
  // Rounded up, the steps of many threads can be more than all rows.
  return (threads - 1) * nearest < m ? nearest : (size_t)share / ROWS * ROWS;
}

void nnk_team_score(nnk_team *team, const nnk_network *network, size_t m, const uint8_t *bytes, const float *floats,
                    float *scores, void *workspace) {
  batch batch = {.network = network, .rows = m, .bytes = bytes, .floats = floats, .scores = scores};
  double operations = 0;
  bool is_wide = false;
  for (size_t layer = 0; layer < network->depth; layer++) {
    const bool is_float = network->layers != NULL;
    const size_t inputs = is_float ? network->layers[layer].inputs : network->int8_layers[layer].inputs;
    batch.outputs = is_float ? network->layers[layer].outputs : network->int8_layers[layer].outputs;
    if (layer == 0)
      batch.inputs = inputs;
    else if (is_float && inputs >= NNK_FORWARD_WIDE)
      is_wide = true;
    const bool is_whole = is_float && layer == 0 && bytes && network->layers[0].whole;
    const double cost = is_whole ? network->kernels->whole_cost : is_float ? 1 : network->kernels->int8_cost;
    operations += 2 * cost * (double)inputs * (double)batch.outputs;
  }
  const size_t most = m / LEAST_ROWS;
  size_t threads = team->count + 1 < most ? team->count + 1 : most;
  if (operations * (double)m < LEAST_OPERATIONS) threads = 1;
  // A thread that cannot be had after a fork is no reason not to answer.
  if (threads > 1 && start(team) != 0 && threads > team->started + 1) threads = team->started + 1;
  if (threads <= 1) {
    nnk_score(network, m, bytes, floats, scores, workspace);
    return;
  }
  batch.step = nnk_team_step(m, threads, WAKING_OPERATIONS / operations);
  batch.first = m - (threads - 1) * batch.step;
  batch.threads = threads;
  if (m >= (is_wide ? WIDE_SHARE : SHARE) * threads) batch.least = is_wide ? WIDE_PIECE : PIECE;
  pthread_mutex_lock(&team->mutex);
  team->batch = batch;
  team->taken = 0;
  team->round += 1;
  pthread_cond_broadcast(&team->work);
  work(team, workspace);
  // A thread that wakes up only now finds nothing to do, and nobody waits for it.
  while (team->busy > 0) pthread_cond_wait(&team->done, &team->mutex);
  pthread_mutex_unlock(&team->mutex);
}
