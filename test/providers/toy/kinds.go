package main

import (
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// with adds what every type has: its name, and an id of the cloud's own.
func with(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	attributes["name"] = schema.StringAttribute{
		Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
	attributes["id"] = schema.StringAttribute{
		Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
	return attributes
}

// server has nested attributes and nested blocks of each nesting, sets of objects, and a class of each kind.
var server = kind{suffix: "server", schema: schema.Schema{
	Attributes: with(map[string]schema.Attribute{
		"image":    schema.StringAttribute{Required: true},
		"size":     schema.Int64Attribute{Optional: true, Computed: true},
		"enabled":  schema.BoolAttribute{Optional: true},
		"tags":     schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"groups":   schema.SetAttribute{Optional: true, ElementType: types.StringType},
		"commands": schema.ListAttribute{Optional: true, ElementType: types.StringType},
		"password": schema.StringAttribute{Optional: true, Sensitive: true},
		"address":  schema.StringAttribute{Computed: true},
		"network": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
			"subnet":  schema.StringAttribute{Required: true},
			"address": schema.StringAttribute{Computed: true},
			"mtu":     schema.Int64Attribute{Optional: true, Computed: true},
		}},
		"listeners": schema.SetNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{
			Attributes: map[string]schema.Attribute{
				"port":     schema.Int64Attribute{Required: true},
				"protocol": schema.StringAttribute{Optional: true},
			}},
		},
		"routes": schema.MapNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{
			Attributes: map[string]schema.Attribute{"to": schema.StringAttribute{Required: true}},
		}},
	}),
	Blocks: map[string]schema.Block{
		"rule": schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"port":        schema.Int64Attribute{Required: true},
			"cidr_blocks": schema.SetAttribute{Optional: true, ElementType: types.StringType},
			"description": schema.StringAttribute{Optional: true},
		}}},
		"disk": schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"device": schema.StringAttribute{Required: true},
			"size":   schema.Int64Attribute{Optional: true, Computed: true},
			"uuid":   schema.StringAttribute{Computed: true},
			"key":    schema.StringAttribute{Optional: true, Sensitive: true},
		}}},
		"placement": schema.SingleNestedBlock{Attributes: map[string]schema.Attribute{
			"zone": schema.StringAttribute{Optional: true},
		}},
	},
}}

// document holds what JSON alone can't: a value of any type, and a number of any length.
var document = kind{suffix: "document", schema: schema.Schema{Attributes: with(map[string]schema.Attribute{
	"content": schema.DynamicAttribute{Optional: true},
	"serial":  schema.NumberAttribute{Optional: true},
	"policy":  schema.StringAttribute{Optional: true, Description: "A JSON text."},
})}}

var secret = kind{suffix: "secret", schema: schema.Schema{Attributes: with(map[string]schema.Attribute{
	"value":            schema.StringAttribute{Optional: true, Sensitive: true},
	"version":          schema.Int64Attribute{Optional: true},
	"value_write_only": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true},
	"address":          schema.StringAttribute{Optional: true, Description: "Not marked as sensitive, as many a provider's isn't."},
})}}

// sensor has fields that move without anybody's doing, one of each class that can.
var sensor = kind{suffix: "sensor", schema: schema.Schema{Attributes: with(map[string]schema.Attribute{
	"unit":      schema.StringAttribute{Optional: true},
	"last_seen": schema.StringAttribute{Computed: true},
	"sample":    schema.StringAttribute{Optional: true, Computed: true},
})}, moves: func(object map[string]any) {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	object["last_seen"], object["sample"] = now, now
}}

// moved is an object with what moves by itself.
func moved(bytes []byte, moves func(map[string]any)) ([]byte, error) {
	var object map[string]any
	if err := json.Unmarshal(bytes, &object); err != nil {
		return nil, err
	}
	moves(object)
	return json.Marshal(object)
}
