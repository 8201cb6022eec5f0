package dev.polymath.ner.grpc;

import dev.polymath.inference.Receipt;
import dev.polymath.ner.EntityRecognizer;
import java.util.List;

/**
 * A loaded model with the recognizers beside it.
 *
 * @param languages that it reads, BCP-47; empty means that it does not say
 * @param noWork the receipt of a request for which the model had nothing to do
 * @param failFast fails with OVERLOADED when the queue has no room: for the first document of a call
 * @param patient waits for room on the calling thread: for the documents of a call that has been admitted
 */
record NerModel(List<String> languages, Receipt noWork, EntityRecognizer failFast, EntityRecognizer patient) {}
