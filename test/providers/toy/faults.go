package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// fault is one entry of control.json, a list. The first that matches a call applies; an absent type or name matches all.
type fault struct {
	Operation string `json:"operation"` // configure, read, create, update, delete
	Type      string `json:"type"`
	Name      string `json:"name"`
	// hang, hang_hard (deaf to the caller's cancel), slow, panic, exit, null, warning, error
	Action  string `json:"action"`
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	// Printed to standard error before the action.
	Stderr       string `json:"stderr"`
	Milliseconds int    `json:"milliseconds"`
	// How often it applies, over all processes; 0: always.
	Times int `json:"times"`
}

func (f fault) matches(operation, typeName, name string) bool {
	return f.Operation == operation && (f.Type == "" || f.Type == typeName) && (f.Name == "" || f.Name == name)
}

// take claims one of the fault's times. Processes share the count by files that only one of them can make.
func (f fault) take(folder string, index int) bool {
	if f.Times == 0 {
		return true
	}
	for n := range f.Times {
		file, err := os.OpenFile(filepath.Join(folder, fmt.Sprintf(".fault-%d-%d", index, n)), os.O_CREATE|os.O_EXCL, 0o644)
		if err == nil {
			file.Close()
			return true
		}
	}
	return false
}

// faultFor finds the fault of a call and does what ends or delays the call; the caller does the rest (null, warning, error).
func (c *cloud) faultFor(ctx context.Context, operation, typeName, name string) (fault, error) {
	bytes, err := os.ReadFile(filepath.Join(c.folder, "control.json"))
	if os.IsNotExist(err) {
		return fault{}, nil
	}
	if err != nil {
		return fault{}, err
	}
	var faults []fault
	if err := json.Unmarshal(bytes, &faults); err != nil {
		return fault{}, fmt.Errorf("control.json: %w", err)
	}
	for index, one := range faults {
		if one.matches(operation, typeName, name) && one.take(c.folder, index) {
			return one, one.disturb(ctx)
		}
	}
	return fault{}, nil
}

func (f fault) disturb(ctx context.Context) error {
	if f.Stderr != "" {
		fmt.Fprintln(os.Stderr, f.Stderr)
	}
	switch f.Action {
	case "hang":
		<-ctx.Done()
		return ctx.Err()
	case "hang_hard":
		select {}
	case "slow":
		select {
		case <-time.After(time.Duration(f.Milliseconds) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	case "panic":
		panic(f.Summary)
	case "exit":
		os.Exit(3)
	}
	return nil
}
