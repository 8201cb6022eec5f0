package dev.polymath.translation.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.Receipt;
import dev.polymath.service.CommonMessages;
import dev.polymath.translation.GeneratorTranslationModel;
import dev.polymath.translation.Route;
import dev.polymath.translation.v1.LanguagePair;
import java.util.List;

/** What the answers of all methods have in common. */
final class TranslationMessages {
    private TranslationMessages() {}

    /** The receipt of the first model. */
    static Receipt receipt(List<dev.polymath.inference.Receipt> receipts, TranslationOptions options) {
        return CommonMessages.receipt(receipts.isEmpty() ? options.noWork() : receipts.get(0));
    }

    /** Those of the others. */
    static List<Receipt> furtherReceipts(List<dev.polymath.inference.Receipt> receipts) {
        return receipts.stream().skip(1).map(CommonMessages::receipt).toList();
    }

    static LanguagePair pair(Route route) {
        LanguagePair.Builder pair = LanguagePair.newBuilder()
                .setSourceLanguageCode(route.pair().source())
                .setTargetLanguageCode(route.pair().target())
                .setPivot(route.pivot());
        route.steps().stream()
                .map(Route.Step::model)
                .map(GeneratorTranslationModel.class::cast)
                .forEach(model -> pair.addModels(ModelRef.newBuilder()
                        .setName(model.directory().name())
                        .setVersion(model.directory().version())));
        return pair.build();
    }
}
