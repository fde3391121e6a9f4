package main

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// upgraded is a type in its second version: a state of version 0 has title where version 1 has name.
type upgraded struct{ object }

var device = kind{suffix: "device", schema: schema.Schema{Version: 1, Attributes: with(map[string]schema.Attribute{
	"mode": schema.StringAttribute{Optional: true},
})}}

func (r *upgraded) UpgradeState(ctx context.Context) map[int64]resource.StateUpgrader {
	return map[int64]resource.StateUpgrader{0: {
		StateUpgrader: func(ctx context.Context, req resource.UpgradeStateRequest, resp *resource.UpgradeStateResponse) {
			var old map[string]any
			if err := json.Unmarshal(req.RawState.JSON, &old); err != nil {
				resp.Diagnostics.AddError("The old state can't be read", err.Error())
				return
			}
			old["name"] = old["title"]
			delete(old, "title")
			bytes, _ := json.Marshal(old)
			value, err := tftypes.ValueFromJSON(bytes, r.kind.schema.Type().TerraformType(ctx))
			if err != nil {
				resp.Diagnostics.AddError("The old state can't be upgraded", err.Error())
				return
			}
			dynamic, err := tfprotov6.NewDynamicValue(value.Type(), value)
			if err != nil {
				resp.Diagnostics.AddError("The old state can't be upgraded", err.Error())
				return
			}
			resp.DynamicValue = &dynamic
		},
	}}
}
