// What the Swift side of the proof offers to C: enough to open a model file and score with it.
#ifndef NNPROOF_H
#define NNPROOF_H

#include <stddef.h>
#include <stdint.h>

// Writes the bytes of a small model file that is always the same; returns their count, nothing written if over capacity.
int64_t nnproof_example(uint8_t *bytes, int64_t capacity);

// Opens a model file. NULL on failure, with the reason in message (always terminated).
void *nnproof_open(const char *path, char *message, int64_t capacity);
void nnproof_close(void *model);
int64_t nnproof_features(const void *model);
int64_t nnproof_outputs(const void *model);
int64_t nnproof_label_count(const void *model);
// Copies a label (always terminated); returns its length.
int64_t nnproof_label(const void *model, int64_t index, char *text, int64_t capacity);
// Scores count rows of features bytes into count rows of outputs floats; 0, or 1 with the reason in message.
int32_t nnproof_score(void *model, const uint8_t *rows, int64_t count, float *scores, char *message, int64_t capacity);

#endif
