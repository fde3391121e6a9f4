package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// sdkProvider is the half of toy5 on SDKv2, on which most providers stand: a null is "" or 0 there, and what is unset
// stands in the state all the same.
func sdkProvider(name string) *schema.Provider {
	typeName := name + "_queue"
	return &schema.Provider{
		Schema: map[string]*schema.Schema{
			"cloud": {Type: schema.TypeString, Optional: true, Description: "The folder. Default: TOY_CLOUD."},
			"token": {Type: schema.TypeString, Optional: true, Sensitive: true},
		},
		ResourcesMap: map[string]*schema.Resource{typeName: queue(typeName)},
		ConfigureContextFunc: func(_ context.Context, data *schema.ResourceData) (any, diag.Diagnostics) {
			folder, problem := cloudFolder(data.Get("cloud").(string))
			if problem != "" {
				return nil, diag.Errorf("%s", problem)
			}
			return &cloud{folder}, nil
		},
	}
}

var queueFields = []string{"delay", "size", "password", "tags", "redrive", "zones"}

func queue(typeName string) *schema.Resource {
	put := func(operation string) func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
		return func(ctx context.Context, data *schema.ResourceData, meta any) diag.Diagnostics {
			return putQueue(ctx, meta.(*cloud), operation, typeName, data)
		}
	}
	return &schema.Resource{
		CreateContext: put("create"),
		UpdateContext: put("update"),
		ReadContext: func(ctx context.Context, data *schema.ResourceData, meta any) diag.Diagnostics {
			return readQueue(ctx, meta.(*cloud), typeName, data)
		},
		DeleteContext: func(ctx context.Context, data *schema.ResourceData, meta any) diag.Diagnostics {
			c := meta.(*cloud)
			c.record("delete", typeName, data.Id(), "begin")
			return diag.FromErr(c.remove(typeName, data.Id()))
		},
		Schema: map[string]*schema.Schema{
			"name":     {Type: schema.TypeString, Required: true, ForceNew: true},
			"delay":    {Type: schema.TypeInt, Optional: true},
			"size":     {Type: schema.TypeInt, Optional: true, Computed: true},
			"password": {Type: schema.TypeString, Optional: true, Sensitive: true},
			"tags":     {Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}},
			"zones":    {Type: schema.TypeSet, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}},
			"redrive": {Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"target": {Type: schema.TypeString, Required: true},
				"after":  {Type: schema.TypeInt, Optional: true},
			}}},
		},
	}
}

func putQueue(ctx context.Context, c *cloud, operation, typeName string, data *schema.ResourceData) diag.Diagnostics {
	name := data.Get("name").(string)
	c.record(operation, typeName, name, "begin")
	defer c.record(operation, typeName, name, "end")
	object := map[string]any{"name": name}
	for _, field := range queueFields {
		value := data.Get(field)
		if set, isSet := value.(*schema.Set); isSet {
			value = set.List()
		}
		object[field] = value
	}
	if object["size"] == 0 {
		object["size"] = 8
	}
	if err := c.write(typeName, name, object); err != nil {
		return diag.FromErr(err)
	}
	data.SetId(name)
	return readQueue(ctx, c, typeName, data)
}

func readQueue(ctx context.Context, c *cloud, typeName string, data *schema.ResourceData) diag.Diagnostics {
	name := data.Id()
	c.record("read", typeName, name, "begin")
	defer c.record("read", typeName, name, "end")
	found, err := c.faultFor(ctx, "read", typeName, name)
	switch {
	case err != nil:
		return diag.FromErr(err)
	case found.Action == "error":
		return diag.Diagnostics{{Severity: diag.Error, Summary: found.Summary, Detail: found.Detail}}
	case found.Action == "warning":
		return diag.Diagnostics{{Severity: diag.Warning, Summary: found.Summary, Detail: found.Detail}}
	}
	bytes, err := c.read(typeName, name)
	if err != nil {
		return diag.FromErr(err)
	}
	if bytes == nil || found.Action == "null" {
		data.SetId("")
		return nil
	}
	var object map[string]any
	if err := json.Unmarshal(bytes, &object); err != nil {
		return diag.FromErr(err)
	}
	for _, field := range append([]string{"name"}, queueFields...) {
		if err := data.Set(field, object[field]); err != nil {
			return diag.FromErr(fmt.Errorf("%s: %w", field, err))
		}
	}
	return nil
}
