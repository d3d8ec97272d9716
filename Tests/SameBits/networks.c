#include "digests.h"

int memcmp(const void *a, const void *b, size_t count);

static float scores[MOST_ROWS * MOST_OUTPUTS], others[MOST_ROWS * MOST_OUTPUTS];

// --- Scoring by nnk_score --------------------------------------------------------------------------------------------

enum { PADDED = MOST_OUTPUTS + 2 * NNK_FORWARD_STRIP, ROOM = (MOST_INPUTS + (MOST_DEPTH - 1) * MOST_OUTPUTS) * PADDED };
static nnk_network current;
static nnk_layer layers[MOST_DEPTH];
static nnk_int8_layer layers8[MOST_DEPTH];
static float panels[ROOM], folded[MOST_INPUTS * MOST_OUTPUTS], folded_bias[MOST_OUTPUTS];
static int8_t panels8[ROOM];
_Alignas(64) static uint8_t whole[4 * PADDED * (MOST_INPUTS + 2 * NNK_INT8_STEP)];
static double units[MOST_OUTPUTS];
static int32_t row_sums[MOST_DEPTH][MOST_OUTPUTS], offsets[MOST_DEPTH][MOST_OUTPUTS];
static float factors[MOST_DEPTH][MOST_OUTPUTS];
_Alignas(64) static uint8_t workspace[4 << 20];

// The first layer's weights as whole numbers too, if that is possible.
static void pack_whole(nnk_layer *layer, const float *weight, const float *bias) {
  const size_t n = layer->outputs, k = layer->inputs;
  // At the end of its memory, so that a sanitizer sees what is written behind.
  uint8_t *to = whole + (sizeof whole - nnk_whole_bytes(n, k)) / 4 * 4;
  for (size_t first = 0; first < n; first += 16) {
    const size_t count = n - first < 16 ? n - first : 16;
    for (size_t j = first; j < first + count; j++)
      if (!current.kernels->whole_unit(k, weight + j * k, bias[j], 1, &units[j])) return;
    current.kernels->whole_pack(current.kernels, n, k, first, count, weight + first * k, units + first, to);
  }
  layer->whole = to;
  layer->unit = units;
}

static void pack(const network *network) {
  double scale[MOST_CHANNELS], offset[MOST_CHANNELS];
  for (size_t c = 0; c < network->channels; c++) {
    scale[c] = 1.0 / 255 / network->deviation[c];
    offset[c] = network->mean[c] / network->deviation[c];
  }
  size_t inputs = network->inputs;
  float *to = panels;
  for (size_t index = 0; index < network->depth; index++) {
    const drawn_layer *layer = &network->layers[index];
    const float *weight = layer->weight, *bias = layer->bias;
    if (index == 0) {
      nnk_f32_fold(layer->outputs, inputs, network->channels, weight, bias, scale, offset, folded, folded_bias);
      weight = folded;
      bias = folded_bias;
    }
    current.kernels->forward_pack(layer->outputs, inputs, 0, layer->outputs, weight, to);
    layers[index] = (nnk_layer){.inputs = inputs,
                                .outputs = layer->outputs,
                                .panels = to,
                                .bias = bias,
                                .activation = (nnk_activation)layer->activation};
    if (index == 0) pack_whole(&layers[0], weight, bias);
    to += current.kernels->forward_width(layer->outputs) * inputs;
    inputs = layer->outputs;
  }
}

static void lay_out(const network *network) {
  size_t inputs = network->inputs;
  int8_t *to = panels8;
  for (size_t index = 0; index < network->depth; index++) {
    const drawn_layer *layer = &network->layers[index];
    layers8[index] = (nnk_int8_layer){.inputs = inputs,
                                      .outputs = layer->outputs,
                                      .panel = current.kernels->int8_panel(layer->outputs, inputs),
                                      .weights = to,
                                      .row_sums = row_sums[index],
                                      .offset = offsets[index],
                                      .factor = factors[index],
                                      .bias = layer->bias,
                                      .inverse = 1 / layer->input_scale,
                                      .zero_point = layer->input_zero_point,
                                      .activation = (nnk_activation)layer->activation};
    nnk_int8_pack(layers8[index].panel, layer->outputs, inputs, layer->weight8, to);
    to += nnk_int8_packed(layer->outputs, inputs);
    for (size_t j = 0; j < layer->outputs; j++) {
      int32_t sum = 0;
      for (size_t x = 0; x < inputs; x++) sum += layer->weight8[j * inputs + x];
      row_sums[index][j] = sum;
      offsets[index][j] = -layer->input_zero_point * sum;
      factors[index][j] = layer->input_scale * layer->weight_scale[j];
    }
    inputs = layer->outputs;
  }
}

static void prepare(const network *network, bool in_8_bits) {
  const uint64_t environment = nnk_environment_begin();
  current.depth = network->depth;
  current.layers = in_8_bits ? NULL : layers;
  current.int8_layers = in_8_bits ? layers8 : NULL;
  if (in_8_bits)
    lay_out(network);
  else
    pack(network);
  nnk_environment_end(environment);
}

static void score(size_t m, const uint8_t *bytes, const float *floats, float *to) {
  nnk_score(&current, m, bytes, floats, to, workspace);
}

scoring scoring_with(const nnk_kernels *kernels) {
  current.kernels = kernels;
  return (scoring){prepare, score};
}

const nnk_network *prepared(void) { return &current; }

// --- Digests ---------------------------------------------------------------------------------------------------------

static void print_network(scoring scoring, const network *network, uint64_t seed, bool in_8_bits,
                          void (*disturb)(bool)) {
  nnk_checksum checksum;
  nnk_checksum_begin(&checksum);
  if (disturb) disturb(true);
  scoring.prepare(network, in_8_bits);
  for (int type = 0; type < 2; type++) {
    scoring.score(NETWORK_ROWS, type == 0 ? network->bytes : NULL, type == 1 ? network->floats : NULL, scores);
    // As they are: scores that are NaN have one pattern.
    nnk_checksum_update(&checksum, scores, NETWORK_ROWS * network->outputs * sizeof *scores);
  }
  if (disturb) disturb(false);
  print_text(in_8_bits ? "network-int8 " : "network ");
  print_number(seed);
  print_text(" ");
  print_number(network->inputs);
  for (size_t index = 0; index < network->depth; index++) {
    print_text("-");
    print_number(network->layers[index].outputs);
  }
  print_digest(&checksum);
}

void print_networks(scoring scoring, void (*disturb)(bool)) {
  for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
    const network *network = draw_network(seed, NETWORK_ROWS);
    print_network(scoring, network, seed, false, disturb);
    print_network(scoring, network, seed, true, disturb);
  }
}

// --- Batches ---------------------------------------------------------------------------------------------------------

static bool differs(uint64_t seed, size_t count, size_t split, size_t outputs) {
  if (memcmp(scores, others, count * outputs * sizeof *scores) == 0) return false;
  print_text("network ");
  print_number(seed);
  print_text(" has other scores for a batch of ");
  print_number(split);
  print_text(" of ");
  print_number(count);
  print_text(" rows and the rest\n");
  return true;
}

static bool check_splits(scoring scoring, const network *network, uint64_t seed, size_t most, bool in_8_bits) {
  scoring.prepare(network, in_8_bits);
  for (int type = 0; type < 2; type++) {
    const uint8_t *bytes = type == 0 ? network->bytes : NULL;
    const float *floats = type == 1 ? network->floats : NULL;
    scoring.score(most, bytes, floats, scores);
    for (size_t split = 1; split <= most; split++) {
      const size_t row = split * network->inputs;
      scoring.score(split, bytes, floats, others);
      scoring.score(most - split, bytes ? bytes + row : NULL, floats ? floats + row : NULL,
                    others + split * network->outputs);
      if (differs(seed, most, split, network->outputs)) return false;
    }
  }
  return true;
}

bool check_batches(scoring scoring, size_t most) {
  // Seeds of networks of few weights, as all are scored so often; the first layers of 432-12, 396-21 and 676-36-… are summed in whole
  // numbers, 162-8-8-584-10's rows go in larger blocks, and 1120-12 takes them where they are.
  static const uint64_t seeds[] = {124, 1000, 1006, 1010, 1011, 1021, 1047, 5846, 5833, 5899, 12436};
  for (size_t index = 0; index < sizeof seeds / sizeof *seeds; index++) {
    const network *network = draw_network(seeds[index], most);
    for (int kind = 0; kind < 2; kind++)
      if (!check_splits(scoring, network, seeds[index], most, kind == 1)) return false;
  }
  return true;
}
