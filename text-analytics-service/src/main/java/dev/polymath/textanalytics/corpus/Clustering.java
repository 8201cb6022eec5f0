package dev.polymath.textanalytics.corpus;

import static dev.polymath.textanalytics.corpus.QuantizedVector.dot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Groups of vectors that point the same way, at a cost linear in their number.
 *
 * <p>A sample of at most {@value #SAMPLE} vectors is cut by spherical k-means (Dhillon and Modha 2001), seeded as k-means++
 * (Arthur and Vassilvitskii 2007), into more clusters than are wanted. These are merged two by two, each time those that
 * cost the least of the objective of k-means (as Ward 1963), and of all the stages the one with the highest mean silhouette
 * (Rousseeuw 1987; cosine distance) is kept. Then each vector of the whole goes to the nearest centre, if it is near enough
 * to the others there. The same vectors give the same clusters.
 *
 * @param centers of length 1
 * @param nearest for each vector its cluster; -1 if it is in none
 * @param cosines of each vector to the nearest centre, whether it is in that cluster or not; 0 if there is no centre
 */
record Clustering(float[][] centers, int[] nearest, float[] cosines) {
    /** Vectors to find the clusters with. */
    static final int SAMPLE = 5_000;

    /** Cosine of a vector to the sum of the others of its cluster, from which on it belongs to it. */
    static final float MEMBER_COSINE = 0.25f;

    /**
     * Mean silhouette from which on two clusters are better than one, above {@code 1 / n}: what the best of several cuts
     * through mere noise has.
     */
    private static final double MIN_SILHOUETTE = 0.02;

    private static final int SPLITS = 3;
    private static final int ITERATIONS = 10;
    private static final long SEED = 20261122;

    /**
     * @param vectors any number
     * @param weights how many documents each vector stands for; those of a vector that stands for several are near each
     *     other whatever else there is
     * @param maxClusters from 1; never more than the square root of the number of vectors
     * @param checkpoint called again and again; what it throws ends the work
     */
    static Clustering of(List<QuantizedVector> vectors, int[] weights, int maxClusters, Runnable checkpoint) {
        float[][] sample = sample(vectors);
        float[][] centers = new float[0][];
        if (sample.length > 0) {
            int most = Math.min(maxClusters, (int) Math.ceil(Math.sqrt(sample.length)));
            centers = means(sample, kMeans(sample, seeds(sample, SPLITS * most), checkpoint));
            // Vectors that cancel out have no centre.
            if (centers.length > 0) {
                centers = means(sample, merge(sample, assign(sample, centers), most, checkpoint));
                centers = means(sample, kMeans(sample, centers, checkpoint));
            }
        }
        return assign(vectors, weights, centers, checkpoint);
    }

    private static float[][] sample(List<QuantizedVector> vectors) {
        int[] order = new int[vectors.size()];
        Arrays.setAll(order, i -> i);
        SplittableRandom random = new SplittableRandom(SEED);
        float[][] sample = new float[Math.min(SAMPLE, order.length)][];
        for (int i = 0; i < sample.length; i++) {
            int other = random.nextInt(i, order.length);
            sample[i] = vectors.get(order[other]).toFloats();
            order[other] = order[i];
        }
        return sample;
    }

    /** Vectors of the sample, each drawn with a probability that grows with its distance to those drawn before. */
    private static float[][] seeds(float[][] sample, int count) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<float[]> seeds = new ArrayList<>();
        seeds.add(sample[random.nextInt(sample.length)]);
        double[] distances = new double[sample.length];
        Arrays.fill(distances, Double.MAX_VALUE);
        while (seeds.size() < count) {
            float[] last = seeds.get(seeds.size() - 1);
            double total = 0;
            for (int i = 0; i < sample.length; i++) {
                // Half the squared Euclidean distance; what is less than rounding is none.
                double distance = Math.max(0, 1 - dot(sample[i], last));
                distances[i] = Math.min(distances[i], distance < 1e-5 ? 0 : distance);
                total += distances[i];
            }
            if (total == 0) {
                break;
            }
            double drawn = random.nextDouble(total);
            int next = 0;
            while (next + 1 < sample.length && drawn >= distances[next]) {
                drawn -= distances[next++];
            }
            seeds.add(sample[next]);
        }
        return seeds.toArray(float[][]::new);
    }

    private static int[] kMeans(float[][] sample, float[][] start, Runnable checkpoint) {
        float[][] centers = start;
        int[] nearest = assign(sample, centers);
        for (int i = 0; i < ITERATIONS; i++) {
            checkpoint.run();
            centers = means(sample, nearest);
            int[] next = assign(sample, centers);
            if (Arrays.equals(next, nearest)) {
                break;
            }
            nearest = next;
        }
        return nearest;
    }

    private static int[] assign(float[][] sample, float[][] centers) {
        return Arrays.stream(sample)
                .mapToInt(vector -> nearest(vector, centers))
                .toArray();
    }

    /** The centres of the clusters that have members. */
    private static float[][] means(float[][] sample, int[] nearest) {
        float[][] sums = sums(sample, nearest);
        return Arrays.stream(sums)
                .filter(sum -> dot(sum, sum) > 0)
                .map(Clustering::normalized)
                .toArray(float[][]::new);
    }

    private static float[][] sums(float[][] sample, int[] nearest) {
        int clusters = Arrays.stream(nearest).max().orElse(-1) + 1;
        float[][] sums = new float[clusters][sample[0].length];
        for (int i = 0; i < sample.length; i++) {
            if (nearest[i] >= 0) {
                add(sums[nearest[i]], sample[i]);
            }
        }
        return sums;
    }

    /** Merges clusters; all that it needs to know of the vectors are products of sums, which add up as clusters merge. */
    private static int[] merge(float[][] sample, int[] nearest, int maxClusters, Runnable checkpoint) {
        int[] labels = nearest.clone();
        float[][] sums = sums(sample, labels);
        int[] sizes = new int[sums.length];
        double[][] products = new double[sums.length][sums.length];
        float[][] toSums = new float[sample.length][sums.length];
        List<Integer> left = new ArrayList<>();
        for (int c = 0; c < sums.length; c++) {
            for (int d = 0; d < sums.length; d++) {
                products[c][d] = dot(sums[c], sums[d]);
            }
        }
        for (int i = 0; i < sample.length; i++) {
            sizes[labels[i]]++;
            for (int c = 0; c < sums.length; c++) {
                toSums[i][c] = dot(sample[i], sums[c]);
            }
        }
        for (int c = 0; c < sums.length; c++) {
            if (sizes[c] > 0) {
                left.add(c);
            }
        }
        int[] best = new int[labels.length];
        double bestSilhouette = MIN_SILHOUETTE + 1.0 / labels.length;
        while (left.size() > 1) {
            checkpoint.run();
            if (left.size() <= maxClusters) {
                double silhouette = silhouette(labels, sizes, toSums, left);
                if (silhouette > bestSilhouette) {
                    bestSilhouette = silhouette;
                    best = labels.clone();
                }
            }
            int into = -1;
            int from = -1;
            double least = Double.MAX_VALUE;
            for (int c : left) {
                for (int d : left) {
                    if (c < d) {
                        double merged = products[c][c] + products[d][d] + 2 * products[c][d];
                        double loss =
                                Math.sqrt(products[c][c]) + Math.sqrt(products[d][d]) - Math.sqrt(Math.max(0, merged));
                        if (loss < least) {
                            least = loss;
                            into = c;
                            from = d;
                        }
                    }
                }
            }
            left.remove((Integer) from);
            sizes[into] += sizes[from];
            for (int c = 0; c < products.length; c++) {
                products[into][c] += products[from][c];
            }
            for (double[] row : products) {
                row[into] += row[from];
            }
            for (int i = 0; i < labels.length; i++) {
                toSums[i][into] += toSums[i][from];
                if (labels[i] == from) {
                    labels[i] = into;
                }
            }
        }
        return best;
    }

    /** The mean over the sample; of a vector that is alone in its cluster it is 0. */
    private static double silhouette(int[] labels, int[] sizes, float[][] toSums, List<Integer> clusters) {
        double total = 0;
        for (int i = 0; i < labels.length; i++) {
            if (sizes[labels[i]] == 1) {
                continue;
            }
            double own = 0;
            double other = Double.MAX_VALUE;
            for (int c : clusters) {
                if (c == labels[i]) {
                    own = 1 - (toSums[i][c] - 1) / (sizes[c] - 1);
                } else {
                    other = Math.min(other, 1 - toSums[i][c] / sizes[c]);
                }
            }
            total += (other - own) / Math.max(Math.max(other, own), 1e-9);
        }
        return total / labels.length;
    }

    private static Clustering assign(
            List<QuantizedVector> vectors, int[] weights, float[][] candidates, Runnable checkpoint) {
        int[] nearest = new int[vectors.size()];
        float[][] sums = zeros(candidates);
        for (int i = 0; i < nearest.length; i++) {
            checkpoint.run();
            float[] vector = vectors.get(i).toFloats();
            nearest[i] = nearest(vector, candidates);
            if (nearest[i] >= 0) {
                add(sums[nearest[i]], vector);
            }
        }
        int[] documents = new int[candidates.length];
        float[][] members = zeros(candidates);
        for (int i = 0; i < nearest.length; i++) {
            int c = nearest[i];
            if (c >= 0) {
                float[] vector = vectors.get(i).toFloats();
                if (cosineToOthers(vector, weights[i], sums[c]) >= MEMBER_COSINE) {
                    documents[c] += weights[i];
                    add(members[c], vector);
                } else {
                    nearest[i] = -1;
                }
            }
        }
        int[] renumbered = new int[candidates.length];
        List<float[]> kept = new ArrayList<>();
        for (int c = 0; c < candidates.length; c++) {
            renumbered[c] = documents[c] < 2 ? -1 : kept.size();
            if (documents[c] >= 2) {
                kept.add(normalized(members[c]));
            }
        }
        float[][] centers = kept.toArray(float[][]::new);
        float[] cosines = new float[nearest.length];
        for (int i = 0; i < nearest.length; i++) {
            float[] vector = vectors.get(i).toFloats();
            nearest[i] = nearest[i] < 0 ? -1 : renumbered[nearest[i]];
            int center = nearest[i] < 0 ? nearest(vector, centers) : nearest[i];
            cosines[i] = center < 0 ? 0 : dot(vector, centers[center]);
        }
        return new Clustering(centers, nearest, cosines);
    }

    /** Of a vector and what is left of a sum that it is part of; one with near-duplicates counts among the others. */
    private static double cosineToOthers(float[] vector, int weight, float[] sum) {
        double self = weight > 1 ? 0 : 1;
        double toSum = dot(vector, sum);
        double length = Math.sqrt(Math.max(0, dot(sum, sum) - 2 * self * toSum + self));
        return length < 1e-3 ? -1 : (toSum - self) / length;
    }

    /** The centre with the highest cosine, -1 if there is none. */
    private static int nearest(float[] vector, float[][] centers) {
        int nearest = -1;
        float best = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < centers.length; c++) {
            float cosine = dot(vector, centers[c]);
            if (cosine > best) {
                best = cosine;
                nearest = c;
            }
        }
        return nearest;
    }

    private static float[][] zeros(float[][] like) {
        return Arrays.stream(like).map(row -> new float[row.length]).toArray(float[][]::new);
    }

    private static void add(float[] sum, float[] vector) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += vector[i];
        }
    }

    private static float[] normalized(float[] vector) {
        float factor = (float) (1 / Math.sqrt(dot(vector, vector)));
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = vector[i] * factor;
        }
        return unit;
    }
}
