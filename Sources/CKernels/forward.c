// Forward propagation through all layers, and through a network of either kind of layers.
#include "nnkernels.h"

// The rows that go through all layers together, of which none but the last has more than `widest` outputs.
static size_t block_rows(size_t widest) NNK_NONBLOCKING {
  return widest >= NNK_FORWARD_WIDE ? NNK_FORWARD_WIDE_ROWS : NNK_FORWARD_ROWS;
}

// The elements of what a block of rows has of one layer's outputs, whole cache lines.
static size_t between_layers(size_t widest) NNK_NONBLOCKING { return (block_rows(widest) * widest + 15) / 16 * 16; }

size_t nnk_forward_workspace(size_t widest) NNK_NONBLOCKING {
  return NNK_FORWARD_SCRATCH(block_rows(widest)) + 2 * between_layers(widest);
}

void nnk_forward(const nnk_kernels *kernels, size_t depth, const nnk_layer *layers, size_t m, const uint8_t *bytes,
                 const float *floats, float *scores, float *workspace, bool backwards) NNK_NONBLOCKING {
  const size_t inputs = layers[0].inputs, outputs = layers[depth - 1].outputs;
  size_t widest = 0;
  for (size_t layer = 0; layer + 1 < depth; layer++)
    if (layers[layer].outputs > widest) widest = layers[layer].outputs;
  const size_t most = block_rows(widest);
  float *between[2];
  between[0] = workspace + NNK_FORWARD_SCRATCH(most);
  between[1] = between[0] + between_layers(widest);
  size_t even = m;
  if (m > most) {
    // As few blocks as can be, all but the last of one size that has no part of a tile.
    const size_t blocks = (m + most - 1) / most;
    even = ((m + blocks - 1) / blocks + 11) / 12 * 12;
  }
  for (size_t start = 0, count; start < m; start += count) {
    count = m - start < even ? m - start : even;
    const float *previous = floats ? floats + start * inputs : NULL;
    for (size_t layer = 0; layer < depth; layer++) {
      float *c = layer + 1 == depth ? scores + start * outputs : between[layer % 2];
      const uint8_t *first = layer == 0 && bytes ? bytes + start * inputs : NULL;
      if (first && layers[0].whole)
        kernels->whole(kernels, &layers[0], count, first, c, workspace + nnk_forward_workspace(widest), backwards);
      else
        kernels->forward(&layers[layer], count, first, previous, c, workspace, backwards);
      kernels->f32_activate(layers[layer].activation, count, layers[layer].outputs, c, layers[layer].outputs);
      previous = c;
    }
  }
}

// What nnk_score keeps at the beginning of its workspace, a cache line: whether the last single row was scored backwards.
#define TURN 64

void nnk_score(const nnk_network *network, size_t m, const uint8_t *bytes, const float *floats, float *scores,
               void *workspace) NNK_NONBLOCKING {
  const uint64_t environment = nnk_environment_begin();
  uint8_t *const turn = workspace;
  void *const rest = turn + TURN;
  // For one row the time is that of reading the weights. Where the cache holds most of them but not all, it would lose each just before it
  // is read again; so every other row begins with what was read last.
  if (m == 1) *turn ^= 1;
  if (network->layers)
    nnk_forward(network->kernels, network->depth, network->layers, m, bytes, floats, scores, rest, m == 1 && *turn);
  else
    nnk_int8_forward(network->kernels, network->depth, network->int8_layers, m, bytes, floats, scores, rest);
  nnk_environment_end(environment);
}

size_t nnk_network_workspace(const nnk_network *network) NNK_NONBLOCKING {
  if (!network->layers) return TURN + nnk_int8_workspace(network->depth, network->int8_layers);
  size_t widest = 0;
  for (size_t layer = 0; layer + 1 < network->depth; layer++)
    if (network->layers[layer].outputs > widest) widest = network->layers[layer].outputs;
  const size_t whole = network->layers[0].whole ? nnk_whole_scratch(network->layers[0].inputs) : 0;
  return TURN + nnk_forward_workspace(widest) * sizeof(float) + whole;
}
