package dev.polymath.textanalytics.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusteringTest {
    private static final int DIMENSIONS = 384;

    @ParameterizedTest
    @CsvSource({"1, 40", "2, 3", "2, 100", "3, 5", "3, 400", "4, 30"})
    void asManyClustersAsThereAreTopics(int topics, int each) {
        List<SyntheticCorpus.Document> documents = new SyntheticCorpus(topics, DIMENSIONS, 1).documents(topics, each);

        Clustering clustering = cluster(documents, 10);

        assertThat(clustering.centers()).hasNumberOfRows(topics);
        for (int i = 0; i < documents.size(); i++) {
            assertThat(clustering.nearest()[i]).isEqualTo(clustering.nearest()[i % topics]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void neverMoreClustersThanAskedFor(int maxClusters) {
        List<SyntheticCorpus.Document> documents = new SyntheticCorpus(1, DIMENSIONS, 1).documents(4, 50);

        assertThat(cluster(documents, maxClusters).centers()).hasDimensions(maxClusters, DIMENSIONS);
    }

    @Test
    void strayVectorsAreInNoCluster() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, 384, 1);
        List<SyntheticCorpus.Document> documents = corpus.documents(3, 100);
        IntStream.range(0, 20).forEach(i -> documents.add(corpus.stray()));

        Clustering clustering = cluster(documents, 10);

        assertThat(clustering.centers()).hasNumberOfRows(3);
        for (int i = 0; i < documents.size(); i++) {
            assertThat(clustering.nearest()[i] < 0).isEqualTo(documents.get(i).topic() < 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 40, 400})
    void vectorsLikeNoOtherAreInNoCluster(int count) {
        SyntheticCorpus corpus = new SyntheticCorpus(1, 384, 1);

        Clustering clustering =
                cluster(IntStream.range(0, count).mapToObj(i -> corpus.stray()).toList(), 10);

        assertThat(Arrays.stream(clustering.nearest()).filter(cluster -> cluster < 0))
                .hasSizeGreaterThanOrEqualTo(count * 19 / 20);
    }

    @Test
    void vectorThatStandsForSeveralDocumentsIsNearThem() {
        List<QuantizedVector> one = List.of(QuantizedVector.of(new float[] {1, 2}));

        assertThat(Clustering.of(one, new int[] {1}, 10, () -> {}).nearest()).containsExactly(-1);
        assertThat(Clustering.of(one, new int[] {2}, 10, () -> {}).nearest()).containsExactly(0);
    }

    @Test
    void equalVectorsAreOneCluster() {
        List<QuantizedVector> vectors = Collections.nCopies(300, QuantizedVector.of(new float[] {3, -1, 2}));

        assertThat(Clustering.of(vectors, ones(300), 10, () -> {}).nearest()).containsOnly(0);
    }

    @Test
    void oppositeVectorsAreTwoClusters() {
        List<QuantizedVector> vectors = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            vectors.add(QuantizedVector.of(new float[] {1, 2}));
            vectors.add(QuantizedVector.of(new float[] {-1, -2}));
        }

        Set<Integer> clusters = new HashSet<>();
        Arrays.stream(Clustering.of(vectors, ones(20), 10, () -> {}).nearest()).forEach(clusters::add);
        assertThat(clusters).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void vectorsThatCancelOutAreInNoCluster() {
        List<QuantizedVector> vectors =
                List.of(QuantizedVector.of(new float[] {1, 2}), QuantizedVector.of(new float[] {-1, -2}));

        assertThat(Clustering.of(vectors, ones(2), 1, () -> {}).nearest()).containsExactly(-1, -1);
    }

    @Test
    void noVectorsAreNoClusters() {
        assertThat(Clustering.of(List.of(), new int[0], 10, () -> {}).centers()).isEmpty();
    }

    private static Clustering cluster(List<SyntheticCorpus.Document> documents, int maxClusters) {
        return Clustering.of(
                documents.stream()
                        .map(document -> QuantizedVector.of(document.vector()))
                        .toList(),
                ones(documents.size()),
                maxClusters,
                () -> {});
    }

    private static int[] ones(int count) {
        int[] ones = new int[count];
        Arrays.fill(ones, 1);
        return ones;
    }
}
