package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// cloud is a folder: TYPE/NAME.json is an object, calls.ndjson the record of all calls, control.json the faults.
type cloud struct{ folder string }

func (c *cloud) path(typeName, name string) string {
	return filepath.Join(c.folder, typeName, url.PathEscape(name)+".json")
}

// read returns nil without an error where there is no such object.
func (c *cloud) read(typeName, name string) ([]byte, error) {
	bytes, err := os.ReadFile(c.path(typeName, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return bytes, err
}

// write replaces the object in one step, so that a reader beside it never sees half of one.
func (c *cloud) write(typeName, name string, object any) error {
	bytes, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return err
	}
	file := c.path(typeName, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	partial, err := os.CreateTemp(filepath.Dir(file), ".partial-")
	if err != nil {
		return err
	}
	if _, err := partial.Write(append(bytes, '\n')); err != nil {
		return err
	}
	if err := partial.Close(); err != nil {
		return err
	}
	return os.Rename(partial.Name(), file)
}

func (c *cloud) remove(typeName, name string) error {
	err := os.Remove(c.path(typeName, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

type call struct {
	Operation string `json:"operation"`
	Type      string `json:"type,omitempty"`
	Name      string `json:"name,omitempty"`
	Phase     string `json:"phase"`
	At        int64  `json:"at"` // microseconds since 1970
	Process   int    `json:"process"`
}

// record appends one line. A write of this size to a file opened for appending is atomic, so processes may share it.
func (c *cloud) record(operation, typeName, name, phase string) {
	line, _ := json.Marshal(call{operation, typeName, name, phase, time.Now().UnixMicro(), os.Getpid()})
	file, err := os.OpenFile(filepath.Join(c.folder, "calls.ndjson"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintln(os.Stderr, "toy: the call can't be recorded:", err)
		return
	}
	defer file.Close()
	file.Write(append(line, '\n'))
}
