// The threads of a scorer: the same bits on any number of them, and in a child after a fork, where they are made anew.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nnkernels.h"

enum { INPUTS = 1000, OUTPUTS = 200, ROWS = 300, FORKS = 20 };

// A linear congruential generator (MMIX's constants).
static uint64_t state = 1;
static uint8_t next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint8_t)(state >> 56);
}

static float weight[OUTPUTS * INPUTS], bias[OUTPUTS], expected[ROWS * OUTPUTS], found[ROWS * OUTPUTS];
static uint8_t rows[ROWS * INPUTS];

static int fail(const char *what) {
  fprintf(stderr, "team: %s\n", what);
  return 1;
}

int main(void) {
  const nnk_kernels *kernels = nnk_kernels_for(nnk_best_isa());
  float *panels = malloc(kernels->forward_width(OUTPUTS) * INPUTS * sizeof(float));
  const nnk_layer layer = {.inputs = INPUTS, .outputs = OUTPUTS, .panels = panels, .bias = bias, .activation = NNK_TANH};
  const nnk_network network = {kernels, 1, &layer, NULL};
  const size_t workspace_bytes = nnk_network_workspace(&network);
  void *workspace = calloc(1, workspace_bytes);
  if (!panels || !workspace) return fail("out of memory");
  for (size_t i = 0; i < OUTPUTS * INPUTS; i++) weight[i] = ((float)next() - 127.5f) / 65536;
  for (size_t i = 0; i < ROWS * INPUTS; i++) rows[i] = next();
  kernels->forward_pack(OUTPUTS, INPUTS, 0, OUTPUTS, weight, panels);
  nnk_score(&network, ROWS, rows, NULL, expected, workspace);

  for (size_t threads = 1; threads <= 4; threads++) {
    nnk_team *team;
    if (nnk_team_make(threads, workspace_bytes, &team)) return fail("no threads");
    for (int round = 0; round < FORKS; round++) {
      const pid_t child = fork();
      if (child < 0) return fail("no process");
      memset(found, 0, sizeof found);
      nnk_team_score(team, &network, ROWS, rows, NULL, found, workspace);
      const int differs = memcmp(found, expected, sizeof found) != 0;
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
  free(panels);
  free(workspace);
  return 0;
}
