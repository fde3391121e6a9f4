package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identified is a type with an identity, and with private data that a read can't do without.
type identified struct{ object }

var bucket = kind{suffix: "bucket", schema: schema.Schema{Attributes: with(map[string]schema.Attribute{
	"region":     schema.StringAttribute{Required: true},
	"versioning": schema.BoolAttribute{Optional: true},
})}}

func (r *identified) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"name":   identityschema.StringAttribute{RequiredForImport: true},
		"region": identityschema.StringAttribute{OptionalForImport: true},
	}}
}

func (r *identified) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.object.Create(ctx, req, resp)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "etag", []byte(`{"version": 1}`))...)
	identify(ctx, &resp.State, resp.Identity)
}

func (r *identified) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.object.Update(ctx, req, resp)
	identify(ctx, &resp.State, resp.Identity)
}

func (r *identified) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	etag, problems := req.Private.GetKey(ctx, "etag")
	resp.Diagnostics.Append(problems...)
	if etag == nil {
		resp.Diagnostics.AddError("No etag", "The private data of the state was not passed on.")
		return
	}
	r.object.Read(ctx, req, resp)
	identify(ctx, &resp.State, resp.Identity)
}

// identify says who it is, where the caller knows of identities and the object is there.
func identify(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity) {
	if identity == nil || state.Raw.IsNull() {
		return
	}
	for _, name := range []string{"name", "region"} {
		var value types.String
		state.GetAttribute(ctx, path.Root(name), &value)
		identity.SetAttribute(ctx, path.Root(name), value)
	}
}
