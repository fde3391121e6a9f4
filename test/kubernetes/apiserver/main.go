// A Kubernetes API server for tests: the upstream kube-apiserver with an etcd of its own in the same process. It takes all flags of
// kube-apiserver and the two below. Everything that it keeps lies in one folder, so that it can be killed and started again there.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	command := app.NewAPIServerCommand()
	folder := command.Flags().String("data-dir", "", "where etcd and the certificates lie")
	controllers := command.Flags().Bool("controllers", false, "delete what a namespace or an owner leaves behind, and roll out Deployments")
	serve := command.RunE
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := prepare(command, *folder); err != nil {
			return err
		}
		if *controllers {
			go runControllers(command.Context(), *folder, command.Flag("secure-port").Value.String())
		}
		return serve(command, args)
	}
	os.Exit(cli.Run(command))
}

// Starts etcd, makes the certificates that are missing, and points the flags of kube-apiserver at both.
func prepare(command *cobra.Command, folder string) error {
	if folder == "" {
		return fmt.Errorf("--data-dir is missing")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := makeCertificates(folder); err != nil {
		return err
	}
	endpoint, err := startEtcd(filepath.Join(folder, "etcd"))
	if err != nil {
		return err
	}
	// Read by tests that compact the history.
	if err := os.WriteFile(filepath.Join(folder, "etcd-url"), []byte(endpoint), 0o600); err != nil {
		return err
	}
	set := map[string]string{
		"etcd-servers":                     endpoint,
		"client-ca-file":                   filepath.Join(folder, caFile),
		"tls-cert-file":                    filepath.Join(folder, "server.crt"),
		"tls-private-key-file":             filepath.Join(folder, "server.key"),
		"service-account-key-file":         filepath.Join(folder, serviceAccountKeyFile),
		"service-account-signing-key-file": filepath.Join(folder, serviceAccountKeyFile),
	}
	for name, value := range set {
		if err := command.Flags().Set(name, value); err != nil {
			return fmt.Errorf("--%s: %w", name, err)
		}
	}
	return nil
}

func fatal(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}
