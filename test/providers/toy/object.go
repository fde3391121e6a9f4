package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// kind is a resource type: its schema, and what moves by itself at each read.
type kind struct {
	suffix string
	schema schema.Schema
	// Changes the object as it is read; nil: nothing moves.
	moves func(object map[string]any)
}

// object is the resource of every type: what Terraform plans is written to a file, what stands in the file is read.
type object struct {
	kind     kind
	typeName string
	cloud    *cloud
}

func (r *object) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.typeName
}

func (r *object) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.kind.schema
}

func (r *object) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData != nil {
		r.cloud = req.ProviderData.(*cloud)
	}
}

func (r *object) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = r.put(ctx, "create", req.Plan.Raw, &resp.Diagnostics)
}

func (r *object) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = r.put(ctx, "update", req.Plan.Raw, &resp.Diagnostics)
}

// put stores what is planned, and returns it with what the cloud has chosen itself.
func (r *object) put(ctx context.Context, operation string, plan tftypes.Value, diagnostics *diag.Diagnostics) tftypes.Value {
	name := nameOf(plan)
	if !r.begin(ctx, operation, name, diagnostics) {
		return tftypes.NewValue(plan.Type(), nil)
	}
	defer r.cloud.record(operation, r.typeName, name, "end")
	stored, err := known(plan, func(path *tftypes.AttributePath, t tftypes.Type) any { return chosen(r.typeName, name, path, t) })
	if err == nil {
		var object any
		if object, err = jsonOf(stored, r.kind.schema.Type().TerraformType(ctx)); err == nil {
			err = r.cloud.write(r.typeName, name, object)
		}
	}
	if err != nil {
		diagnostics.AddError("Not stored", err.Error())
		return tftypes.NewValue(plan.Type(), nil)
	}
	return stored
}

// chosen is what the cloud says where the user says nothing.
func chosen(typeName, name string, path *tftypes.AttributePath, t tftypes.Type) any {
	switch {
	case t.Is(tftypes.Number):
		return 8
	case t.Is(tftypes.Bool):
		return false
	case t.Is(tftypes.String):
		steps := strings.Split(path.String(), `"`)
		return fmt.Sprintf("%s-%s-%s", strings.ReplaceAll(typeName, "_", "-"), steps[len(steps)-2], name)
	}
	return nil
}

func (r *object) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	name := nameOf(req.State.Raw)
	if !r.begin(ctx, "delete", name, &resp.Diagnostics) {
		return
	}
	defer r.cloud.record("delete", r.typeName, name, "end")
	if err := r.cloud.remove(r.typeName, name); err != nil {
		resp.Diagnostics.AddError("Not deleted", err.Error())
	}
}

func (r *object) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	name := nameOf(req.State.Raw)
	r.cloud.record("read", r.typeName, name, "begin")
	defer r.cloud.record("read", r.typeName, name, "end")
	found, err := r.cloud.faultFor(ctx, "read", r.typeName, name)
	switch {
	case err != nil:
		resp.Diagnostics.AddError("Interrupted", err.Error())
		return
	case found.Action == "error":
		resp.Diagnostics.AddError(found.Summary, found.Detail)
		return
	case found.Action == "warning":
		// As kubernetes_labels does: what is gone is reported by a warning, and the state stays as it was.
		resp.Diagnostics.AddWarning(found.Summary, found.Detail)
		return
	case found.Action == "null":
		resp.State.RemoveResource(ctx)
		return
	}
	r.readInto(ctx, name, &resp.State, &resp.Diagnostics)
}

func (r *object) readInto(ctx context.Context, name string, state *tfsdk.State, diagnostics *diag.Diagnostics) {
	bytes, err := r.cloud.read(r.typeName, name)
	if err == nil && bytes == nil {
		state.RemoveResource(ctx)
		return
	}
	if err == nil && r.kind.moves != nil {
		bytes, err = moved(bytes, r.kind.moves)
	}
	if err == nil {
		state.Raw, err = tftypes.ValueFromJSON(bytes, r.kind.schema.Type().TerraformType(ctx))
	}
	if err != nil {
		diagnostics.AddError("The object can't be read", err.Error())
	}
}

// begin records the call and lets a fault happen; false: the call is over.
func (r *object) begin(ctx context.Context, operation, name string, diagnostics *diag.Diagnostics) bool {
	r.cloud.record(operation, r.typeName, name, "begin")
	found, err := r.cloud.faultFor(ctx, operation, r.typeName, name)
	if err != nil {
		diagnostics.AddError("Interrupted", err.Error())
	} else if found.Action == "error" {
		diagnostics.AddError(found.Summary, found.Detail)
	}
	return !diagnostics.HasError()
}

func nameOf(value tftypes.Value) string {
	var members map[string]tftypes.Value
	var name string
	if value.As(&members) == nil {
		_ = members["name"].As(&name)
	}
	return name
}
