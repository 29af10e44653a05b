package demo;

import com.alibaba.schedulerx.worker.domain.JobContext;
import com.alibaba.schedulerx.worker.processor.JavaProcessor;
import com.alibaba.schedulerx.worker.processor.MapReduceJobProcessor;
import com.alibaba.schedulerx.worker.processor.ProcessResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The tasks that the tests run. Each writes a line into the file that the workers of a test share. */
public final class Tasks {
    private static final Path RECORD = Path.of(System.getProperty("record"));
    private static final String ME = String.valueOf(ProcessHandle.current().pid());

    private Tasks() {}

    private static void record(JobContext context, Object what) {
        String line = context.getJobInstanceId() + " " + ME + " " + what + "\n";
        try {
            Files.writeString(RECORD, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException exception) {
            throw new UncheckedIOException(exception);
        }
    }

    /** Waits for as long as the run's parameters say, if they say it. */
    private static void linger(JobContext context) throws InterruptedException {
        String said = context.getInstanceParameters();
        if (said != null && said.matches("[0-9]+")) {
            Thread.sleep(Long.parseLong(said));
        }
    }

    /** Ends well. */
    public static final class Hello extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) {
            record(context, "attempt " + context.getAttempt());
            return new ProcessResult(true, "hello " + context.getJobParameters() + " " + context.getInstanceParameters());
        }
    }

    /** Results in what it hears of those before it in a workflow. */
    public static final class Join extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) {
            List<String> heard = new ArrayList<>();
            context.getUpstreamData().forEach(from -> heard.add(from.getJobName() + "=" + from.getData()));
            heard.sort(null);
            return new ProcessResult(true, String.join(", ", heard) + " in " + context.getWfInstanceId());
        }
    }

    /** Ends badly, and says so. */
    public static final class Refuse extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) {
            record(context, "attempt " + context.getAttempt());
            return new ProcessResult(false, "not today");
        }
    }

    /** Ends by an exception. */
    public static final class Fail extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) {
            throw new IllegalStateException("no way");
        }
    }

    /** Takes as many milliseconds as the run's parameters say. */
    public static final class Slow extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) throws Exception {
            record(context, "began");
            linger(context);
            record(context, "ended");
            return new ProcessResult(true, "slept");
        }
    }

    /** Runs on every worker; its end is told by the first of them. */
    public static final class Cast extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) throws Exception {
            record(context, "cast " + context.getShardingId() + "/" + context.getShardingNum());
            linger(context);
            return new ProcessResult(true, "cast");
        }

        @Override
        public ProcessResult postProcess(JobContext context) {
            return new ProcessResult(true, "all cast");
        }
    }

    /** One shard of several. */
    public static final class Shard extends JavaProcessor {
        @Override
        public ProcessResult process(JobContext context) throws Exception {
            // Long enough for every worker to have begun.
            Thread.sleep(1000);
            record(context, "shard " + context.getShardingId() + "=" + context.getShardingParameter());
            return new ProcessResult(true, context.getShardingParameter());
        }
    }

    /** Maps the numbers from 0 to 19, and adds what their tasks result in. */
    public static final class Sum extends MapReduceJobProcessor {
        @Override
        public ProcessResult process(JobContext context) throws Exception {
            if (isRootTask(context)) {
                List<String> numbers = new ArrayList<>();
                for (int number = 0; number < 20; number++) {
                    numbers.add(Integer.toString(number));
                }
                return map(numbers, "number");
            }
            record(context, "number " + context.getTask());
            linger(context);
            return new ProcessResult(true, (String) context.getTask());
        }

        @Override
        public ProcessResult reduce(JobContext context) {
            int sum = 0;
            for (var result : context.getTaskResults().entrySet()) {
                // The task 0 is the root, which has mapped and not counted.
                if (result.getKey() != 0) {
                    sum += Integer.parseInt(result.getValue());
                }
            }
            return new ProcessResult(true, "sum " + sum);
        }
    }
}
