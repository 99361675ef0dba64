package worker

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"millrace/internal/api"
)

// load measures how busy the process and the machine are, where the operating
// system shows it as Linux does.
type load struct {
	at      time.Time
	process float64 // CPU seconds
	busy    float64 // of the machine
	total   float64
	latest  *api.WorkerMetrics
}

// clockTicks is the unit of /proc: 100 a second on every system that Go runs on.
const clockTicks = 100

// read returns the load since the read before; nil when it cannot be measured.
func (l *load) read() *api.WorkerMetrics {
	process, ok := processCPU()
	busy, total, ok2 := machineCPU()
	average, ok3 := loadAverage()
	if !ok || !ok2 || !ok3 {
		return nil
	}
	now := time.Now()
	m := &api.WorkerMetrics{LoadAverage: average, MemoryUsage: memoryUsage()}
	if elapsed := now.Sub(l.at).Seconds(); !l.at.IsZero() && elapsed > 0 && total > l.total {
		m.ProcessCPU = share((process - l.process) / elapsed / float64(runtime.NumCPU()))
		m.SystemCPU = share((busy - l.busy) / (total - l.total))
	}
	*l = load{at: now, process: process, busy: busy, total: total, latest: m}
	return m
}

func share(v float64) float64 { return min(max(v, 0), 1) }

func processCPU() (seconds float64, ok bool) {
	text, err := os.ReadFile("/proc/self/stat")
	_, rest, found := bytes.Cut(text, []byte(") ")) // behind the name, which may hold anything
	fields := strings.Fields(string(rest))
	if err != nil || !found || len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return (user + system) / clockTicks, err1 == nil && err2 == nil
}

// machineCPU returns how long the CPUs were busy, and in total, in clock ticks.
func machineCPU() (busy, total float64, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if err != nil || len(fields) < 5 {
		return 0, 0, false
	}
	for i, f := range fields[1:] {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return 0, 0, false
		}
		total += v
		if i != 3 && i != 4 { // idle, waiting for disks
			busy += v
		}
	}
	return busy, total, true
}

func loadAverage() (float64, bool) {
	text, err := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	v, err2 := strconv.ParseFloat(first, 64)
	return v, err == nil && err2 == nil
}

// memoryUsage is the share of the machine's memory that this process has.
func memoryUsage() float64 {
	text, err := os.ReadFile("/proc/meminfo")
	_, rest, found := strings.Cut(string(text), "MemTotal:")
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	if err != nil || kib == 0 {
		return 0
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return share(float64(m.Sys) / (kib * 1024))
}
