package dev.polymath.gateway;

/**
 * What a request asks to have worked on.
 *
 * @param characters Unicode code points
 * @param images images
 */
record Amount(long characters, long images) {
    static final Amount NOTHING = new Amount(0, 0);
}
