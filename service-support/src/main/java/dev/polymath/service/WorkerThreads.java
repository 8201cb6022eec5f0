package dev.polymath.service;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads that end by themselves when they have been idle for a minute, and do not keep the process alive. */
public final class WorkerThreads {
    private WorkerThreads() {}

    /**
     * A pool that runs as many tasks at once as it has threads.
     *
     * @param name of the threads, after {@code polymath-}
     * @param queue of the tasks that wait; what it does not take is rejected
     */
    public static Executor pool(String name, int threads, BlockingQueue<Runnable> queue) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, 1, TimeUnit.MINUTES, queue, task -> {
            Thread thread = new Thread(task, "polymath-" + name);
            thread.setDaemon(true);
            return thread;
        });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
