/* Updates of weights, in the order of operations of adamw.ts, so that both give the same bits. */
#include "tiles.h"

/* out = a * shareA + b * shareB */
EXPORT(mix)(const float *restrict a, const float *restrict b, float *restrict out, int count, float shareA, float shareB,
            int worker, int task) {
  for (int i = 0; i < count; i++) out[i] = a[i] * shareA + b[i] * shareB;
}

/*
 * One step of AdamW: the new weights, means of the gradient and means of its square. `keep` is what weight decay leaves of a weight.
 */
EXPORT(adamw)(const float *restrict weight, const float *restrict gradient, const float *restrict mean,
              const float *restrict variance, float *restrict newWeight, float *restrict newMean,
              float *restrict newVariance, int count, float beta1, float rest1, float beta2, float rest2, float unbias2,
              float epsilon, float rate, float keep, int worker, int task) {
  for (int i = 0; i < count; i++) {
    const float g = gradient[i];
    const float m = mean[i] * beta1 + g * rest1;
    const float v = variance[i] * beta2 + (g * g) * rest2;
    newMean[i] = m;
    newVariance[i] = v;
    newWeight[i] = weight[i] * keep - m / (__builtin_sqrtf(v / unbias2) + epsilon) * rate;
  }
}
