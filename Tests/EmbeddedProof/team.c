// The threads of a scorer: the same bits on any number of them, and in a child after a fork, where they are made anew.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nnkernels.h"

// The rows of the second network are enough for two threads to take them in pieces, as its second layer is a wide one.
enum { INPUTS = 1000, OUTPUTS = 200, ROWS = 300, FORKS = 20, WIDE = 512, FEW = 40, MANY_ROWS = 1400 };

// A linear congruential generator (MMIX's constants).
static uint64_t state = 1;
static uint8_t next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint8_t)(state >> 56);
}

static float weight[OUTPUTS * INPUTS], bias[WIDE], expected[ROWS * OUTPUTS], found[ROWS * OUTPUTS];
static uint8_t rows[ROWS * INPUTS];
_Static_assert(MANY_ROWS * FEW <= ROWS * OUTPUTS && MANY_ROWS * FEW <= ROWS * INPUTS && WIDE * FEW <= OUTPUTS * INPUTS, "room for both");

static int fail(const char *what) {
  fprintf(stderr, "team: %s\n", what);
  return 1;
}

// Scores by 1 to 4 threads, in this process and in forks of it, against those of this thread alone.
static int try(size_t depth, const size_t *widths, size_t count) {
  const nnk_kernels *kernels = nnk_kernels_for(nnk_best_isa());
  nnk_layer layers[2];
  float *panels[2];
  for (size_t i = 0; i < depth; i++) {
    const size_t k = widths[i], n = widths[i + 1];
    panels[i] = malloc(kernels->forward_width(n) * k * sizeof(float));
    if (!panels[i]) return fail("out of memory");
    kernels->forward_pack(n, k, 0, n, weight, panels[i]);
    layers[i] = (nnk_layer){.inputs = k, .outputs = n, .panels = panels[i], .bias = bias, .activation = NNK_TANH};
  }
  const nnk_network network = {kernels, depth, layers, NULL};
  const size_t workspace_bytes = nnk_network_workspace(&network), size = count * widths[depth] * sizeof(float);
  void *workspace = calloc(1, workspace_bytes);
  if (!workspace) return fail("out of memory");
  nnk_score(&network, count, rows, NULL, expected, workspace);

  for (size_t threads = 1; threads <= 4; threads++) {
    nnk_team *team;
    if (nnk_team_make(threads, workspace_bytes, &team)) return fail("no threads");
    for (int round = 0; round < FORKS; round++) {
      const pid_t child = fork();
      if (child < 0) return fail("no process");
      memset(found, 0, size);
      nnk_team_score(team, &network, count, rows, NULL, found, workspace);
      const int differs = memcmp(found, expected, size) != 0;
      if (child == 0) {
        nnk_team_end(team);
        _exit(differs);
      }
      int status;
      if (waitpid(child, &status, 0) != child || status != 0) return fail("the child of a fork has other scores, or none");
      if (differs) return fail("the scores on several threads differ");
    }
    nnk_team_end(team);
  }
  for (size_t i = 0; i < depth; i++) free(panels[i]);
  free(workspace);
  return 0;
}

int main(void) {
  for (size_t i = 0; i < OUTPUTS * INPUTS; i++) weight[i] = ((float)next() - 127.5f) / 65536;
  for (size_t i = 0; i < ROWS * INPUTS; i++) rows[i] = next();
  const size_t one[] = {INPUTS, OUTPUTS}, wide[] = {FEW, WIDE, FEW};
  return try(1, one, ROWS) || try(2, wide, MANY_ROWS);
}
