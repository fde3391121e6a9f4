// Checks a dashboard against Grafana's own schema: no member that it does not know, none that it misses, each of its type.
//
//	go run . FILE
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// real leaves out the empty list of errors that the package answers for some panels.
func real(err error) error {
	var found cog.BuildErrors
	if errors.As(err, &found) && len(found) == 0 {
		return nil
	}
	return err
}

func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parsed := dashboard.Dashboard{}
	if err := real(parsed.UnmarshalJSONStrict(text)); err != nil {
		return err
	}
	return real(parsed.Validate())
}

func main() {
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
