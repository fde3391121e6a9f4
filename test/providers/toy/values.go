package main

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// jsonOf is a value as Terraform writes it into a state: a dynamic value as {"type", "value"}, a number with all its digits.
func jsonOf(value tftypes.Value, declared tftypes.Type) (any, error) {
	if declared.Is(tftypes.DynamicPseudoType) && !value.IsNull() {
		inner, err := jsonOf(value, value.Type())
		return map[string]any{"type": value.Type(), "value": inner}, err
	}
	if value.IsNull() {
		return nil, nil
	}
	switch kind := value.Type().(type) {
	case tftypes.Object:
		return jsonOfMap(value, func(name string) tftypes.Type { return kind.AttributeTypes[name] })
	case tftypes.Map:
		return jsonOfMap(value, func(string) tftypes.Type { return kind.ElementType })
	case tftypes.List:
		return jsonOfList(value, func(int) tftypes.Type { return kind.ElementType })
	case tftypes.Set:
		return jsonOfList(value, func(int) tftypes.Type { return kind.ElementType })
	case tftypes.Tuple:
		return jsonOfList(value, func(at int) tftypes.Type { return kind.ElementTypes[at] })
	}
	return jsonOfScalar(value)
}

func jsonOfMap(value tftypes.Value, typeOf func(string) tftypes.Type) (any, error) {
	var members map[string]tftypes.Value
	if err := value.As(&members); err != nil {
		return nil, err
	}
	result := make(map[string]any, len(members))
	for name, member := range members {
		inner, err := jsonOf(member, typeOf(name))
		if err != nil {
			return nil, err
		}
		result[name] = inner
	}
	return result, nil
}

func jsonOfList(value tftypes.Value, typeOf func(int) tftypes.Type) (any, error) {
	var elements []tftypes.Value
	if err := value.As(&elements); err != nil {
		return nil, err
	}
	result := make([]any, len(elements))
	for at, element := range elements {
		inner, err := jsonOf(element, typeOf(at))
		if err != nil {
			return nil, err
		}
		result[at] = inner
	}
	return result, nil
}

func jsonOfScalar(value tftypes.Value) (any, error) {
	switch {
	case value.Type().Is(tftypes.String):
		var text string
		err := value.As(&text)
		return text, err
	case value.Type().Is(tftypes.Bool):
		var truth bool
		err := value.As(&truth)
		return truth, err
	case value.Type().Is(tftypes.Number):
		var number big.Float
		err := value.As(&number)
		return json.Number(number.Text('f', -1)), err
	}
	return nil, fmt.Errorf("no JSON for %s", value.Type())
}

// known puts a value where the plan had none: the cloud's own choice.
func known(value tftypes.Value, choice func(path *tftypes.AttributePath, t tftypes.Type) any) (tftypes.Value, error) {
	return tftypes.Transform(value, func(path *tftypes.AttributePath, one tftypes.Value) (tftypes.Value, error) {
		if one.IsKnown() {
			return one, nil
		}
		return tftypes.NewValue(one.Type(), choice(path, one.Type())), nil
	})
}
