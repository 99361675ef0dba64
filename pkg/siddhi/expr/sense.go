package expr

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// sensing has the functions without arguments: their values come from the row's
// time, the clock or chance.
func sensing() []*builtin {
	return []*builtin{
		{Declaration: extension.Declaration{
			Name: "eventTimestamp", Volatile: extension.Always,
			Overloads: [][]extension.Param{{}},
			Returns:   extension.Gives(schema.Long),
			Summary:   "Returns the timestamp of the event, in milliseconds since the Unix epoch.",
			Example:   "from S select symbol, eventTimestamp() as at insert into Out;",
		}, build: func(Env, *check.Call, []operand) (operand, error) {
			return operand{node: &rowTime{column.Column{Type: schema.Long}}}, nil
		}},
		{Declaration: extension.Declaration{
			Name: "currentTimeMillis", Volatile: extension.Always, Clock: extension.Always,
			Overloads: [][]extension.Param{{}},
			Returns:   extension.Gives(schema.Long),
			Summary:   "Returns the app's time in milliseconds since the Unix epoch: in playback that of the events.",
			Example:   "from S select symbol, currentTimeMillis() - eventTimestamp() as age insert into Out;",
		}, build: func(env Env, e *check.Call, _ []operand) (operand, error) {
			if env.Clock == nil {
				return operand{}, fmt.Errorf("%s: %w", e.Position().Start, errNoClock)
			}
			return operand{node: &now{env.Clock, newResult(schema.Long, longLane)}}, nil
		}},
		{Declaration: extension.Declaration{
			Name: "UUID", Volatile: extension.Always,
			Overloads: [][]extension.Param{{}},
			Returns:   extension.Gives(schema.String),
			Summary:   "Returns a random UUID, another one for each event.",
			Example:   "from S select UUID() as id, symbol insert into Out;",
		}, build: func(Env, *check.Call, []operand) (operand, error) {
			return operand{node: &uuid{out: column.Column{Type: schema.String}}}, nil
		}},
	}
}

var errNoClock = errors.New("currentTimeMillis cannot be used here: there is no clock")

// rowTime shows the timestamps of the batch as a column.
type rowTime struct{ out column.Column }

func (*rowTime) row() rowFunc[int64] {
	return func(b *column.Batch) (int64, bool) { return b.Time[0], false }
}

func (n *rowTime) eval(b *column.Batch) (*column.Column, error) {
	n.out.I64 = b.Time[:b.N]
	return &n.out, nil
}

// now repeats the app's time.
type now struct {
	clock flow.Clock
	out   result[int64]
}

func (n *now) row() rowFunc[int64] {
	return func(*column.Batch) (int64, bool) { return n.clock.Now(), false }
}

func (n *now) eval(b *column.Batch) (*column.Column, error) {
	dst, t := n.out.values(b.N), n.clock.Now()
	for i := range dst {
		dst[i] = t
	}
	return &n.out.Column, nil
}

// uuid makes random (version 4) UUIDs as RFC 9562 defines them.
type uuid struct {
	random []byte
	out    column.Column
}

func (n *uuid) eval(b *column.Batch) (*column.Column, error) {
	n.random = grown(n.random, 16*b.N)
	rand.Read(n.random) // never fails
	n.out.Resize(b.N)
	var text [36]byte
	for i := range b.N {
		u := n.random[16*i : 16*i+16]
		u[6] = u[6]&0x0f | 0x40
		u[8] = u[8]&0x3f | 0x80
		hex.Encode(text[0:], u[0:4])
		hex.Encode(text[9:], u[4:6])
		hex.Encode(text[14:], u[6:8])
		hex.Encode(text[19:], u[8:10])
		hex.Encode(text[24:], u[10:])
		text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
		n.out.SetString(i, view(text[:]))
	}
	return &n.out, nil
}
