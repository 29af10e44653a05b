// River with its fastest inserts and its batching completer: jobs that do nothing.
//
//	go run . CONNECTION RUNS
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const together = 1_000

type nothingArgs struct {
	ID int `json:"id"`
}

func (nothingArgs) Kind() string { return "nothing" }

type nothing struct {
	river.WorkerDefaults[nothingArgs]
	mutex sync.Mutex
	seen  []int
}

func (worker *nothing) Work(_ context.Context, job *river.Job[nothingArgs]) error {
	worker.mutex.Lock()
	defer worker.mutex.Unlock()
	worker.seen[job.Args.ID]++
	return nil
}

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, connection, runs string) error {
	count, err := strconv.Atoi(runs)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, connection)
	if err != nil {
		return err
	}
	defer pool.Close()
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	worker := &nothing{seen: make([]int, count)}
	workers := river.NewWorkers()
	river.AddWorker(workers, worker)
	client, err := river.NewClient(driver, &river.Config{
		FetchCooldown:     2 * time.Millisecond,
		FetchPollInterval: 20 * time.Millisecond,
		Logger:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2_000}},
		Workers:           workers,
	})
	if err != nil {
		return err
	}

	began := time.Now()
	for first := 0; first < count; first += together {
		var jobs []river.InsertManyParams
		for id := first; id < min(first+together, count); id++ {
			jobs = append(jobs, river.InsertManyParams{Args: nothingArgs{ID: id}})
		}
		if _, err := client.InsertManyFast(ctx, jobs); err != nil {
			return err
		}
	}
	enqueue := time.Since(began)

	began = time.Now()
	if err := client.Start(ctx); err != nil {
		return err
	}
	for open := true; open; time.Sleep(10 * time.Millisecond) {
		row := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM river_job WHERE state <> 'completed')")
		if err := row.Scan(&open); err != nil {
			return err
		}
	}
	took := time.Since(began)
	if err := client.Stop(ctx); err != nil {
		return err
	}
	var completed int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM river_job WHERE state = 'completed'").Scan(&completed); err != nil {
		return err
	}
	for id, times := range worker.seen {
		if times != 1 || completed != count {
			return fmt.Errorf("job %d ran %d times, %d of %d are completed", id, times, completed, count)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"peer":                "River " + version(),
		"runs":                count,
		"enqueued_per_second": float64(count) / enqueue.Seconds(),
		"runs_per_second":     float64(count) / took.Seconds(),
	})
}

func version() string {
	about, _ := debug.ReadBuildInfo()
	for _, module := range about.Deps {
		if module.Path == "github.com/riverqueue/river" {
			return module.Version
		}
	}
	return "of unknown version"
}
