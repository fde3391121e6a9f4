// Terraform providers of our own, for the tests: resources are JSON files in a folder, and a control file in that folder
// says which calls go wrong and how. Started as `terraform-provider-toy…` the program serves protocol 6, as
// `terraform-provider-toy5…` protocol 5: some types on terraform-plugin-framework, one on SDKv2, muxed as the large providers do.
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-mux/tf5muxserver"
)

func main() {
	var err error
	if strings.HasPrefix(filepath.Base(os.Args[0]), "terraform-provider-toy5") {
		err = serveProtocol5()
	} else {
		err = providerserver.Serve(context.Background(), newToy("toy"), providerserver.ServeOpts{
			Address: "vaino.test/vaino/toy", ProtocolVersion: 6,
		})
	}
	if err != nil {
		log.Fatal(err)
	}
}

func serveProtocol5() error {
	mux, err := tf5muxserver.NewMuxServer(context.Background(),
		providerserver.NewProtocol5(newToy("toy5")()),
		func() tfprotov5.ProviderServer { return sdkProvider("toy5").GRPCProvider() },
	)
	if err != nil {
		return err
	}
	return tf5server.Serve("vaino.test/vaino/toy5", mux.ProviderServer)
}
