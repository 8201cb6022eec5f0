package dev.polymath.inference;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoopTranslator;
import ai.djl.util.PairList;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import dev.polymath.inference.InferenceException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model's weights in an engine on one device. {@link #forward} may be called from several threads at once; the owner
 * closes it when none is running.
 */
public final class LoadedModel implements QueuedModel.Weights {
    private static final String ONNX_RUNTIME = "OnnxRuntime";
    private static final String MODEL = "model";

    private final Model model;
    private final List<String> inputs;

    private LoadedModel(Model model, List<String> inputs) {
        this.model = model;
        this.inputs = inputs;
    }

    /**
     * The devices that the options ask for.
     *
     * @throws InferenceException MODEL_NOT_READY if the engine or the device is not there
     */
    public static List<Device> devices(ModelDirectory model, InferenceOptions options) {
        String engine = engine(model, options);
        int gpus = gpuCount(engine);
        String wish = options.device();
        if (wish.equals("cpu") || (wish.equals("auto") && gpus == 0)) {
            return List.of(Device.cpu());
        }
        if (wish.equals("auto")) {
            return IntStream.range(0, gpus).mapToObj(Device::gpu).toList();
        }
        int gpu = Integer.parseInt(wish.substring("gpu".length()));
        if (gpu >= gpus) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": device: " + wish + " (expected: cpu, auto"
                            + (gpus == 0 ? "" : ", gpu0 to gpu" + (gpus - 1)) + "; " + engine + " sees " + gpus
                            + " GPUs here)");
        }
        return List.of(Device.gpu(gpu));
    }

    /**
     * Loads the weights, {@code model.onnx} and its like, through DJL.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, naming the file or the device
     */
    public static LoadedModel load(ModelDirectory directory, InferenceOptions options, Device device) {
        return load(directory, MODEL, options, device);
    }

    /**
     * Loads one of several graphs of a directory, such as {@code encoder_model.onnx}.
     *
     * @param graph name of the file without precision and extension
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, naming the file or the device
     */
    public static LoadedModel load(ModelDirectory directory, String graph, InferenceOptions options, Device device) {
        String engine = engine(directory, options);
        String fileName = fileName(directory, graph, options);
        Path file = directory.file(fileName);
        String stem = fileName.substring(0, fileName.lastIndexOf('.'));
        Map<String, Object> engineOptions = new HashMap<>();
        try {
            if (engine.equals(ONNX_RUNTIME)) {
                engineOptions.put("sessionOptions", sessionOptions(options));
            } else {
                engineOptions.put("mapLocation", "true");
            }
            Criteria<NDList, NDList> criteria = Criteria.builder()
                    .setTypes(NDList.class, NDList.class)
                    .optModelPath(directory.path())
                    .optModelName(stem)
                    .optEngine(engine)
                    .optDevice(device)
                    .optOptions(untyped(engineOptions))
                    .optTranslator(new NoopTranslator())
                    .build();
            Model model = criteria.loadModel();
            return new LoadedModel(model, inputs(graph.equals(MODEL) ? directory : null, model));
        } catch (IOException
                | ModelNotFoundException
                | MalformedModelException
                | OrtException
                | RuntimeException
                | LinkageError e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    file + ": " + engine + " cannot load it on " + deviceName(device) + ": " + rootMessage(e),
                    Map.of(),
                    e);
        }
    }

    /**
     * Loads a graph that comes with the library and not with a model, for ONNX Runtime on the CPU.
     *
     * @throws InferenceException MODEL_NOT_READY if the engine refuses it
     */
    static LoadedModel load(String name, byte[] graph, InferenceOptions options) {
        Model model = Model.newInstance(name, Device.cpu(), ONNX_RUNTIME);
        try {
            model.load(new ByteArrayInputStream(graph), Map.of("sessionOptions", sessionOptions(options)));
            return new LoadedModel(model, inputs(null, model));
        } catch (IOException | MalformedModelException | OrtException | RuntimeException | LinkageError e) {
            model.close();
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    name + ": " + ONNX_RUNTIME + " cannot load it: " + rootMessage(e),
                    Map.of(),
                    e);
        }
    }

    /** Whether the directory has a graph in the precision that is asked for. */
    static boolean has(ModelDirectory directory, String graph, InferenceOptions options) {
        return directory.has(fileName(directory, graph, options));
    }

    private static String fileName(ModelDirectory directory, String graph, InferenceOptions options) {
        String precision =
                options.precision() != null ? options.precision() : directory.property("polymath.precision", "fp32");
        return graph
                + (precision.equals("fp32") ? "" : "_" + precision)
                + (engine(directory, options).equals(ONNX_RUNTIME) ? ".onnx" : ".pt");
    }

    /** {@code cpu}, {@code gpu0}, ... */
    public static String deviceName(Device device) {
        return device.isGpu() ? "gpu" + device.getDeviceId() : "cpu";
    }

    /**
     * Names of the model's inputs: {@code polymath.inputs} of serving.properties, or else what the engine says of the
     * model; empty if neither knows, as with TorchScript.
     */
    public List<String> inputs() {
        return inputs;
    }

    /** A manager on the model's device for the arrays of one batch; the caller closes it. */
    public NDManager newManager() {
        return model.getNDManager().newSubManager();
    }

    /** Runs the model. The outputs belong to the manager of the inputs. */
    public NDList forward(NDManager manager, NDList arrays) {
        return model.getBlock().forward(new ParameterStore(manager, false), arrays, false);
    }

    @Override
    public void close() {
        model.close();
    }

    private static String engine(ModelDirectory model, InferenceOptions options) {
        String engine = options.engine() != null ? options.engine() : model.property("engine", ONNX_RUNTIME);
        // Also initialises the engine, which must come before any direct use of OrtEnvironment.
        if (!Engine.hasEngine(engine) || started(model, engine) == null) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": engine: " + engine + " (expected: one on the class path, which has "
                            + String.join(", ", Engine.getAllEngines()) + ")");
        }
        return engine;
    }

    private static @Nullable Engine started(ModelDirectory model, String engine) {
        try {
            return Engine.getEngine(engine);
        } catch (RuntimeException | LinkageError e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": engine: " + engine + " cannot be started: " + rootMessage(e)
                            + " (expected: that its natives"
                            + " can be unpacked to java.io.tmpdir, " + System.getProperty("java.io.tmpdir")
                            + ", and to DJL's cache)",
                    Map.of(),
                    e);
        }
    }

    private static int gpuCount(String engine) {
        // DJL's own question to ONNX Runtime warns on each machine without a GPU.
        if (engine.equals(ONNX_RUNTIME)
                && !OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            return 0;
        }
        return Engine.getEngine(engine).getGpuCount();
    }

    private static OrtSession.SessionOptions sessionOptions(InferenceOptions options) throws OrtException {
        OrtSession.SessionOptions session = new OrtSession.SessionOptions();
        session.setIntraOpNumThreads(options.threads());
        session.setInterOpNumThreads(1);
        session.addConfigEntry("session.intra_op.allow_spinning", options.spinning() ? "1" : "0");
        // It keeps a plan for each input shape that it has seen: memory without end for texts of all lengths.
        session.setMemoryPatternOptimization(false);
        session.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        return session;
    }

    /** DJL declares options as strings, but its ONNX Runtime engine takes the session options as the object they are. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<String, String> untyped(Map<String, Object> options) {
        return (Map) options;
    }

    private static List<String> inputs(@Nullable ModelDirectory directory, Model model) {
        String names = directory == null ? null : directory.property("polymath.inputs");
        if (names != null) {
            return List.of(names.split("\\s*,\\s*"));
        }
        try {
            PairList<String, Shape> described = model.getBlock().describeInput();
            // what TorchScript reads is not known before it has run
            return described == null ? List.of() : List.copyOf(described.keys());
        } catch (UnsupportedOperationException | IllegalStateException e) {
            return List.of();
        }
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
