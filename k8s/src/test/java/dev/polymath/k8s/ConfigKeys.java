package dev.polymath.k8s;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The configuration keys of a module: those of its interfaces with {@code @ConfigMapping}, read out of its sources by the JDK's own
 * compiler, so that neither the module nor what it depends on has to be built.
 */
final class ConfigKeys {

    /**
     * A key.
     *
     * @param name as it is written; a name of one's own choice is {@code *}
     * @param type simple name, without Optional: {@code Duration}, {@code int}
     * @param byDefault what it is if nothing is said
     */
    record Key(String name, String type, @Nullable String byDefault) {
        /** The names of the environment variables that set it; what the stars stand for is a group each. */
        Pattern variable() {
            return Pattern.compile(Stream.of(name.split("\\*", -1))
                    .map(ConfigKeys::variable)
                    .reduce((a, b) -> a + "([A-Z0-9_]+?)" + b)
                    .orElseThrow());
        }

        /** Whether it can have this value. */
        boolean admits(String value) {
            return switch (type) {
                case "int", "Integer", "OptionalInt" -> value.matches("-?[0-9]{1,9}");
                case "long", "Long", "OptionalLong" -> value.matches("-?[0-9]{1,18}");
                case "double", "Double", "OptionalDouble" -> value.matches("-?[0-9]+([.][0-9]+)?");
                case "boolean", "Boolean" -> value.matches("true|false");
                case "Duration" -> value.matches("[0-9]+(ms|s|m|h|d)|P[0-9DTHMS.]+");
                case "URI" -> value.matches("[a-z][a-z0-9+.-]*:.+");
                case "String", "Path" -> !value.isBlank();
                default -> throw new IllegalStateException(name + ": type " + type + ", which this test cannot judge");
            };
        }
    }

    private final Map<String, ClassTree> interfaces = new HashMap<>();
    private final List<Key> keys = new ArrayList<>();

    private ConfigKeys(List<Path> sources) {
        List<CompilationUnitTree> units = parse(sources);
        for (CompilationUnitTree unit : units) {
            new TreeScanner<@Nullable Void, @Nullable Void>() {
                @Override
                public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
                    if (type.getKind() == Tree.Kind.INTERFACE) {
                        // Nested ones have names like Service and Languages: the last word is not enough for the
                        // others.
                        interfaces.put(unit.getSourceFile().getName() + "#" + type.getSimpleName(), type);
                        interfaces.putIfAbsent(type.getSimpleName().toString(), type);
                    }
                    return super.visitClass(type, nothing);
                }
            }.scan(unit, null);
        }
        for (CompilationUnitTree unit : units) {
            unit.getTypeDecls().stream()
                    .filter(ClassTree.class::isInstance)
                    .map(ClassTree.class::cast)
                    .forEach(type -> argument(type.getModifiers().getAnnotations(), "ConfigMapping", "prefix")
                            .ifPresent(prefix -> collect(unit, type, prefix)));
        }
    }

    /** The keys of modules, by their folders. */
    static List<Key> of(String... modules) {
        List<Path> sources = new ArrayList<>();
        for (String module : modules) {
            Path folder = Manifests.PROJECT.resolve(module).resolve("src/main/java");
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith("Config.java"))
                            .sorted()
                            .forEach(sources::add);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return new ConfigKeys(sources).keys;
    }

    /** {@code polymath.models.ner.max-delay} as an environment variable has it. */
    static String variable(String key) {
        return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private void collect(CompilationUnitTree unit, ClassTree type, String prefix) {
        for (Tree parent : type.getImplementsClause()) {
            ClassTree known = find(unit, parent.toString());
            if (known != null) {
                collect(unit, known, prefix);
            }
        }
        for (Tree member : type.getMembers()) {
            if (member instanceof MethodTree method && method.getBody() == null) {
                List<? extends AnnotationTree> annotations =
                        method.getModifiers().getAnnotations();
                boolean ofTheParent = annotations.stream()
                        .anyMatch(annotation ->
                                annotation.getAnnotationType().toString().equals("WithParentName"));
                String name = argument(annotations, "WithName", "value")
                        .orElseGet(() -> kebab(method.getName().toString()));
                collect(
                        unit,
                        method.getReturnType(),
                        ofTheParent ? prefix : prefix + "." + name,
                        argument(annotations, "WithDefault", "value").orElse(null));
            }
        }
    }

    private void collect(CompilationUnitTree unit, Tree type, String name, @Nullable String byDefault) {
        if (type instanceof ParameterizedTypeTree generic) {
            List<? extends Tree> arguments = generic.getTypeArguments();
            switch (generic.getType().toString()) {
                case "Map" -> collect(unit, arguments.get(1), name + ".*", byDefault);
                case "Optional" -> collect(unit, arguments.get(0), name, byDefault);
                // one variable has all, with commas between
                case "List", "Set" -> keys.add(new Key(name, "String", byDefault));
                default -> throw new IllegalStateException(name + ": " + type);
            }
            return;
        }
        ClassTree nested = find(unit, type.toString());
        if (nested != null) {
            collect(unit, nested, name);
        } else {
            keys.add(new Key(name, type.toString(), byDefault));
        }
    }

    private @Nullable ClassTree find(CompilationUnitTree unit, String simpleName) {
        ClassTree near = interfaces.get(unit.getSourceFile().getName() + "#" + simpleName);
        return near != null ? near : interfaces.get(simpleName);
    }

    private static Optional<String> argument(
            List<? extends AnnotationTree> annotations, String annotation, String argument) {
        return annotations.stream()
                .filter(candidate -> candidate.getAnnotationType().toString().equals(annotation))
                .flatMap(found -> found.getArguments().stream())
                .map(given -> given instanceof AssignmentTree assignment
                                && assignment.getVariable().toString().equals(argument)
                        ? assignment.getExpression()
                        : given)
                .filter(LiteralTree.class::isInstance)
                .map((ExpressionTree literal) -> String.valueOf(((LiteralTree) literal).getValue()))
                .findFirst();
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    private static List<CompilationUnitTree> parse(List<Path> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            List<CompilationUnitTree> units = new ArrayList<>();
            task.parse().forEach(units::add);
            return units;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
