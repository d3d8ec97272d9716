// What the Swift side of the proof offers to C: enough to open a model file and score with it.
#ifndef NNPROOF_H
#define NNPROOF_H

#include <stddef.h>
#include <stdint.h>

// Writes the bytes of a small model file that is always the same; returns their count, nothing written if over capacity.
int64_t nnproof_example(uint8_t *bytes, int64_t capacity);

// Opens a model file and makes a scorer of so many threads. NULL on failure, with the reason in message (always terminated).
void *nnproof_open(const char *path, int64_t threads, char *message, int64_t capacity);
// The same of a network that is made layer by layer. form: 0 floats for bytes, 1 in 8 bits for bytes, 2 in 8 bits for
// floats, 3 floats for floats.
void *nnproof_begin(int64_t height, int64_t width, int64_t channels, const double *mean, const double *deviation,
                    int32_t form);
void nnproof_add(void *parts, int64_t outputs, int32_t activation, const float *weight, const float *bias,
                 const int8_t *weight8, const float *weight_scale, float input_scale, uint8_t input_zero_point);
void *nnproof_finish(void *parts, int64_t threads, char *message, int64_t capacity);
// Writes the bytes of its model file instead; returns their count, nothing written if over capacity, 0 if there is none.
int64_t nnproof_file(void *parts, uint8_t *bytes, int64_t capacity);
void nnproof_close(void *model);
int64_t nnproof_features(const void *model);
int64_t nnproof_outputs(const void *model);
int64_t nnproof_label_count(const void *model);
// Copies a label (always terminated); returns its length.
int64_t nnproof_label(const void *model, int64_t index, char *text, int64_t capacity);
// Scores count rows of features bytes, or of floats if bytes is NULL, into count rows of outputs floats; 0, or 1 with the reason in
// message.
int32_t nnproof_score(void *model, const uint8_t *bytes, const float *floats, int64_t count, float *scores, char *message,
                      int64_t capacity);

#endif
