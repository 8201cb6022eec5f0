package dev.polymath.vision.grpc;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of the service, and how much is decoded at once. */
@ConfigMapping(prefix = "polymath.vision")
public interface VisionConfig {
    /** What a request may ask for. */
    Limits limits();

    /** Where images are decoded. */
    Decoding decoding();

    /** What a request may ask for. */
    interface Limits {
        /** Most images of a request. */
        @WithDefault("64")
        int maxImages();

        /** Largest file of an image, in bytes. */
        @WithDefault("16777216")
        long maxBytes();

        /** Largest image, width times height, in pixels; read from the head of the file before anything is decoded. */
        @WithDefault("50000000")
        long maxPixels();

        /** Shortest side of an image, in pixels. */
        @WithDefault("8")
        int minSide();

        /** Most objects, and most tags, per image. */
        @WithDefault("300")
        int maxResults();

        /** Most alternatives of a caption. */
        @WithDefault("9")
        int maxAlternatives();

        /** Largest beam. */
        @WithDefault("10")
        int maxBeamSize();

        /** Most boxes per image that are described by themselves. */
        @WithDefault("20")
        int maxRegions();

        /** Longest side of an annotated picture, in pixels: its PNG must fit into a message. */
        @WithDefault("2048")
        int maxAnnotatedSide();
    }

    /**
     * Where images are decoded. What that takes of memory at most: of each image that waits, its file; of each that is decoded,
     * up to 12 bytes per pixel while it is; of each that is kept until it is drawn or its regions are described, 3 bytes per
     * pixel.
     */
    interface Decoding {
        /** Images that are decoded and resized at the same time. 0 means one per processor. */
        @WithDefault("0")
        int threads();

        /**
         * Images that may wait for that. A request whose first image finds no place is OVERLOADED; its other images wait
         * outside, and take at most two places per thread.
         */
        @WithDefault("64")
        int maxWaiting();

        /** Pixels of all images that are decoded or kept at the same time; other images wait. */
        @WithDefault("150000000")
        long maxPixels();

        /** Threads for what follows on an answer of a model: drawing, and cutting out regions. */
        @WithDefault("2")
        int laterThreads();
    }
}
