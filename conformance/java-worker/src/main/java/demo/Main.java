package demo;

import com.alibaba.schedulerx.worker.SchedulerxWorker;

/** A worker: {@code Main DOMAIN NAMESPACE GROUP KEY LABEL}. It works until it is told to end. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        SchedulerxWorker worker = new SchedulerxWorker();
        worker.setDomainName(arguments[0]);
        worker.setNamespace(arguments[1]);
        worker.setGroupId(arguments[2]);
        worker.setAppKey(arguments[3]);
        worker.setLabel(arguments[4]);
        worker.init();
        Thread.currentThread().join();
    }
}
