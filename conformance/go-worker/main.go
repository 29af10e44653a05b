// A program on the official Go worker, with the tasks that the conformance tests run:
// go-worker DOMAIN NAMESPACE GROUP KEY LABEL RECORD.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	schedulerx "github.com/alibaba/schedulerx-worker-go"
	"github.com/alibaba/schedulerx-worker-go/config"
	"github.com/alibaba/schedulerx-worker-go/processor"
	"github.com/alibaba/schedulerx-worker-go/processor/jobcontext"
	"github.com/alibaba/schedulerx-worker-go/processor/mapjob"
)

var (
	recordFile string
	recordLock sync.Mutex
)

func record(c *jobcontext.JobContext, what string) {
	recordLock.Lock()
	defer recordLock.Unlock()
	file, err := os.OpenFile(recordFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Fprintf(file, "%d %d %s\n", c.JobInstanceId(), os.Getpid(), what)
}

func ok(result string) (*processor.ProcessResult, error) {
	return processor.NewProcessResult(processor.WithSucceed(), processor.WithResult(result)), nil
}

type task func(c *jobcontext.JobContext) (*processor.ProcessResult, error)

func (t task) Process(c *jobcontext.JobContext) (*processor.ProcessResult, error) { return t(c) }

func linger(c *jobcontext.JobContext) {
	if ms, err := strconv.Atoi(c.InstanceParameters()); err == nil {
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
}

func hello(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	record(c, fmt.Sprintf("attempt %d", c.Attempt()))
	return ok("hello " + c.JobParameters() + " " + c.InstanceParameters())
}

func refuse(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	record(c, fmt.Sprintf("attempt %d", c.Attempt()))
	return processor.NewProcessResult(processor.WithFailed(), processor.WithResult("not today")), nil
}

func fail(*jobcontext.JobContext) (*processor.ProcessResult, error) {
	return nil, errors.New("no way")
}

func slow(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	record(c, "began")
	ms, err := strconv.Atoi(c.InstanceParameters())
	if err != nil {
		return nil, err
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	record(c, "ended")
	return ok("slept")
}

func shard(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	time.Sleep(time.Second)
	record(c, fmt.Sprintf("shard %d=%s", c.ShardingId(), c.ShardingParameter()))
	return ok(c.ShardingParameter())
}

type cast struct{}

func (cast) Process(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	record(c, fmt.Sprintf("cast %d/%d", c.ShardingId(), c.ShardingNum()))
	linger(c)
	return ok("cast")
}
func (cast) PreProcess(*jobcontext.JobContext) error { return nil }
func (cast) PostProcess(*jobcontext.JobContext) (*processor.ProcessResult, error) {
	return ok("all cast")
}

type sum struct{ *mapjob.MapReduceJobProcessor }

func (s *sum) Process(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	if s.IsRootTask(c) {
		var numbers []interface{}
		for n := 0; n < 20; n++ {
			numbers = append(numbers, n)
		}
		return s.Map(c, numbers, "number")
	}
	record(c, "number "+string(c.Task()))
	linger(c)
	return ok(string(c.Task()))
}

func (s *sum) Reduce(c *jobcontext.JobContext) (*processor.ProcessResult, error) {
	total := 0
	for id, result := range c.TaskResults() {
		if id == 0 {
			continue
		}
		n, err := strconv.Atoi(result)
		if err != nil {
			return nil, err
		}
		total += n
	}
	return ok(fmt.Sprintf("sum %d", total))
}

func (s *sum) Kill(*jobcontext.JobContext) error { return nil }

func main() {
	if len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: go-worker DOMAIN NAMESPACE GROUP KEY LABEL RECORD")
		os.Exit(2)
	}
	domain, namespace, group, key, label := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	recordFile = os.Args[6]
	settings := &schedulerx.Config{DomainName: domain, Namespace: namespace, GroupId: group, AppKey: key}
	worker := config.NewWorkerConfig(config.WithIface("lo"), config.WithLabel(label))
	client, err := schedulerx.GetClient(settings, schedulerx.WithWorkerConfig(worker))
	if err != nil {
		fmt.Fprintln(os.Stderr, "start failed:", err)
		os.Exit(1)
	}
	for name, p := range map[string]processor.Processor{
		"Hello": task(hello), "Refuse": task(refuse), "Fail": task(fail),
		"Slow": task(slow), "Shard": task(shard), "Cast": cast{},
		"Sum": &sum{mapjob.NewMapReduceJobProcessor()},
	} {
		client.RegisterTask(name, p)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
	// The library says goodbye to the server on its own goroutine.
	time.Sleep(2 * time.Second)
}
