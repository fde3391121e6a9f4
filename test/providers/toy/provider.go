package main

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type toy struct{ name string }

func newToy(name string) func() provider.Provider {
	return func() provider.Provider { return &toy{name} }
}

func (p *toy) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.name
	resp.Version = "1.0.0"
}

func (p *toy) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"cloud": schema.StringAttribute{Optional: true, Description: "The folder. Default: TOY_CLOUD."},
		"token": schema.StringAttribute{Optional: true, Sensitive: true},
	}}
}

func (p *toy) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config struct {
		Cloud types.String `tfsdk:"cloud"`
		Token types.String `tfsdk:"token"`
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	folder, problem := cloudFolder(config.Cloud.ValueString())
	if problem != "" {
		resp.Diagnostics.AddError(problem, "Set cloud in the provider's configuration, or TOY_CLOUD.")
		return
	}
	c := &cloud{folder}
	c.record("configure", "", "", "begin")
	defer c.record("configure", "", "", "end")
	found, err := c.faultFor(ctx, "configure", "", "")
	if err != nil {
		resp.Diagnostics.AddError("Interrupted", err.Error())
	} else if found.Action == "error" {
		resp.Diagnostics.AddError(found.Summary, found.Detail)
	}
	resp.ResourceData = c
}

// cloudFolder says which folder is meant, and a problem where it isn't one.
func cloudFolder(configured string) (folder, problem string) {
	folder = configured
	if folder == "" {
		folder = os.Getenv("TOY_CLOUD")
	}
	if folder == "" {
		return "", "The toy provider needs a cloud"
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", "The cloud is no folder"
	}
	return folder, ""
}

func (p *toy) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *toy) Resources(context.Context) []func() resource.Resource {
	kinds := []kind{document, secret, sensor}
	if p.name == "toy" {
		kinds = append(kinds, server) // nested attributes need protocol 6
	}
	of := func(one kind) object { return object{kind: one, typeName: p.name + "_" + one.suffix} }
	constructors := []func() resource.Resource{
		func() resource.Resource { return &identified{of(bucket)} },
		func() resource.Resource { return &upgraded{of(device)} },
	}
	for _, one := range kinds {
		constructors = append(constructors, func() resource.Resource {
			plain := of(one)
			return &plain
		})
	}
	return constructors
}
