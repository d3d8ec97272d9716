// Threads that share the phases of a training: made once, awake for a moment after each phase, as the next one follows within
// microseconds, and asleep when it does not.
//
// A phase has some pieces for each thread. A thread takes its own first, whose data its core's cache still holds, then those that are left
// of the others': one that is late, or whose core is slower for a while, is not waited for.
#ifndef NNK_SCORING_ONLY
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "nntraining.h"

// Turns of waiting awake, 200 microseconds on a Sapphire Rapids: what one thread does alone between two steps is less, and to be woken
// takes long on a virtual machine.
#define AWAKE 10000
// What a phase needs, without optimisation too.
#define STACK_BYTES (1 << 20)
// The low bits of a phase, which say how many pieces it has, below its number.
#define PIECE_BITS 16
#define PIECES ((1 << PIECE_BITS) - 1)

typedef struct member {
  nnk_crew *crew;
  size_t index;
  pthread_t thread;
  // The phase's number and, in the low bits, how many of its own pieces were taken.
  _Atomic uint64_t taken;
} member;

struct nnk_crew {
  pthread_mutex_t mutex;
  pthread_cond_t work;
  pthread_cond_t done;
  // The process that the threads run in: after a fork they are not there.
  pid_t process;
  // Of members; the first is whoever calls.
  size_t count;
  size_t started;
  // Whether the process may use a processor for each, without which those who wait awake would be in the way of those who work.
  bool waits_awake;
  // The number of the phase and how many pieces it has.
  _Atomic uint64_t phase;
  _Atomic size_t finished;
  _Atomic size_t sleeping;
  _Atomic bool caller_sleeps;
  _Atomic bool ends;
  atomic_flag is_running;
  void (*body)(void *context, size_t thread, size_t piece);
  void *context;
  member members[];
};

static void rest(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// The next of a thread's own pieces, or `pieces` if there is none.
static size_t take(nnk_crew *crew, uint64_t number, size_t pieces, size_t owner) {
  // The border between two threads is at the same part of each phase.
  const size_t first = owner * pieces / crew->count, own = (owner + 1) * pieces / crew->count - first;
  uint64_t taken = atomic_load(&crew->members[owner].taken);
  // Whoever still looks at an earlier phase finds nothing to take.
  while (taken >> PIECE_BITS == number && (taken & PIECES) < own)
    if (atomic_compare_exchange_weak(&crew->members[owner].taken, &taken, taken + 1)) return first + (taken & PIECES);
  return pieces;
}

// Does what is left of a phase, the thread's own pieces first.
static void work(nnk_crew *crew, uint64_t phase, size_t thread) {
  const uint64_t number = phase >> PIECE_BITS;
  const size_t pieces = phase & PIECES;
  for (size_t i = 0; i < crew->count; i++) {
    const size_t owner = (thread + i) % crew->count;
    for (size_t piece; (piece = take(crew, number, pieces, owner)) < pieces;) {
      crew->body(crew->context, thread, piece);
      if (atomic_fetch_add(&crew->finished, 1) + 1 == pieces && atomic_load(&crew->caller_sleeps)) {
        pthread_mutex_lock(&crew->mutex);
        pthread_cond_signal(&crew->done);
        pthread_mutex_unlock(&crew->mutex);
      }
    }
  }
}

static void *serve(void *argument) {
  member *self = argument;
  nnk_crew *crew = self->crew;
  uint64_t seen = 0;
  for (;;) {
    if (crew->waits_awake)
      for (size_t i = 0; i < AWAKE && atomic_load_explicit(&crew->phase, memory_order_acquire) == seen; i++) rest();
    if (atomic_load(&crew->phase) == seen) {
      pthread_mutex_lock(&crew->mutex);
      atomic_fetch_add(&crew->sleeping, 1);
      while (atomic_load(&crew->phase) == seen) pthread_cond_wait(&crew->work, &crew->mutex);
      atomic_fetch_sub(&crew->sleeping, 1);
      pthread_mutex_unlock(&crew->mutex);
    }
    // The end is announced as a phase: read the other way round, it could be taken for one that is over, and slept through.
    seen = atomic_load(&crew->phase);
    if (atomic_load(&crew->ends)) return NULL;
    work(crew, seen, self->index);
  }
}

// Says that there is a new phase.
static void announce(nnk_crew *crew, uint64_t phase) {
  atomic_store(&crew->phase, phase);
  if (atomic_load(&crew->sleeping) == 0) return;
  pthread_mutex_lock(&crew->mutex);
  pthread_cond_broadcast(&crew->work);
  pthread_mutex_unlock(&crew->mutex);
}

static int start_threads(nnk_crew *crew) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error) return error;
  // Signals are the program's, not these threads'.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
  for (; !error && crew->started < crew->count; crew->started += error ? 0 : 1) {
    member *next = &crew->members[crew->started];
    error = pthread_create(&next->thread, &attributes, serve, next);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

int nnk_crew_make(size_t count, bool waits_awake, nnk_crew **result) {
  *result = NULL;
  if (count < 1 || count >= 1 << PIECE_BITS) return EINVAL;
  nnk_crew *crew = calloc(1, sizeof(nnk_crew) + count * sizeof(member));
  if (!crew) return ENOMEM;
  crew->count = count;
  crew->started = 1;
  crew->process = getpid();
  cpu_set_t processors;
  crew->waits_awake =
      waits_awake && sched_getaffinity(0, sizeof processors, &processors) == 0 && (size_t)CPU_COUNT(&processors) >= count;
  pthread_mutex_init(&crew->mutex, NULL);
  pthread_cond_init(&crew->work, NULL);
  pthread_cond_init(&crew->done, NULL);
  atomic_flag_clear(&crew->is_running);
  for (size_t i = 0; i < count; i++) {
    crew->members[i].crew = crew;
    crew->members[i].index = i;
  }
  const int error = start_threads(crew);
  if (error) {
    nnk_crew_end(crew);
    return error;
  }
  *result = crew;
  return 0;
}

void nnk_crew_end(nnk_crew *crew) {
  if (!crew) return;
  if (getpid() == crew->process) {
    atomic_store(&crew->ends, true);
    announce(crew, atomic_load(&crew->phase) + (1 << PIECE_BITS));
    for (size_t i = 1; i < crew->started; i++) pthread_join(crew->members[i].thread, NULL);
    pthread_mutex_destroy(&crew->mutex);
    pthread_cond_destroy(&crew->work);
    pthread_cond_destroy(&crew->done);
  }
  free(crew);
}

void nnk_crew_run(nnk_crew *crew, size_t pieces, void (*body)(void *context, size_t thread, size_t piece), void *context) {
  // One phase at a time: who calls meanwhile, or from within it, does its own alone. So does a child, which has no other threads, and
  // in which one of them may have held the mutex for ever.
  if (pieces > PIECES || getpid() != crew->process || atomic_flag_test_and_set(&crew->is_running)) {
    for (size_t piece = 0; piece < pieces; piece++) body(context, 0, piece);
    return;
  }
  const uint64_t number = (atomic_load(&crew->phase) >> PIECE_BITS) + 1;
  crew->body = body;
  crew->context = context;
  atomic_store(&crew->finished, 0);
  for (size_t owner = 0; owner < crew->count; owner++) atomic_store(&crew->members[owner].taken, number << PIECE_BITS);
  announce(crew, number << PIECE_BITS | pieces);
  work(crew, number << PIECE_BITS | pieces, 0);
  if (crew->waits_awake)
    for (size_t i = 0; i < AWAKE && atomic_load_explicit(&crew->finished, memory_order_acquire) != pieces; i++) rest();
  if (atomic_load(&crew->finished) != pieces) {
    pthread_mutex_lock(&crew->mutex);
    atomic_store(&crew->caller_sleeps, true);
    while (atomic_load(&crew->finished) != pieces) pthread_cond_wait(&crew->done, &crew->mutex);
    atomic_store(&crew->caller_sleeps, false);
    pthread_mutex_unlock(&crew->mutex);
  }
  atomic_flag_clear(&crew->is_running);
}
#else
typedef int nnk_crew_not_built;
#endif
