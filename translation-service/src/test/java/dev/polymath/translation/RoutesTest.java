package dev.polymath.translation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final LanguagePair DE_EN = new LanguagePair("de", "en");
    private static final LanguagePair EN_DE = new LanguagePair("en", "de");
    private static final LanguagePair EN_FR = new LanguagePair("en", "fr");
    private static final LanguagePair DE_FR = new LanguagePair("de", "fr");

    private final TranslationModel german = FakeTranslationModel.upperCase().withPairs(DE_EN, EN_DE);
    private final TranslationModel french = FakeTranslationModel.upperCase().withPairs(EN_FR);

    @Test
    void aPairThatNoModelHasGoesThroughThePivot() {
        Routes routes = new Routes(List.of(german, french), "en");

        assertThat(routes.all()).extracting(Route::pair).containsExactly(DE_EN, DE_FR, EN_DE, EN_FR);
        assertThat(routes.find(DE_FR)).hasValueSatisfying(route -> {
            assertThat(route.pivot()).isEqualTo("en");
            assertThat(route.steps()).containsExactly(new Route.Step(german, DE_EN), new Route.Step(french, EN_FR));
        });
        assertThat(routes.find(new LanguagePair("fr", "de"))).isEmpty();
        assertThat(routes.sources()).containsExactly("de", "en");
        assertThat(routes.targets("en")).containsExactly("de", "fr");
    }

    @Test
    void aDirectModelWinsOverThePivotAndTheFirstModelOverTheOthers() {
        TranslationModel direct = FakeTranslationModel.upperCase().withPairs(DE_FR, EN_FR);
        Routes routes = new Routes(List.of(german, french, direct), "en");

        assertThat(routes.find(DE_FR).orElseThrow().pivot()).isEmpty();
        assertThat(routes.find(EN_FR).orElseThrow().steps()).containsExactly(new Route.Step(french, EN_FR));
    }
}
