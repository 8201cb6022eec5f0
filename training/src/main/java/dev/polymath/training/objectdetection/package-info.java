/**
 * Training of detectors: pictures with boxes, the graph of YOLOX with its loss and label assignment, and COCO's way of measuring.
 */
@NullMarked
package dev.polymath.training.objectdetection;

import org.jspecify.annotations.NullMarked;
