package persistence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

func sample() Snapshot {
	return Snapshot{
		App: "a", Revision: "7__a", Writer: Writer{Epoch: 1, Generation: 2}, AppHash: "h", Format: 3,
		Payload: bytes.Repeat([]byte("0123456789"), 100),
	}
}

func TestEnvelope(t *testing.T) {
	for _, size := range []int{0, 1, compressFrom - 1, compressFrom, 100_000} {
		s := sample()
		s.Payload = bytes.Repeat([]byte{7}, size)
		data, err := seal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := open(data)
		if err != nil || got.App != s.App || got.Revision != s.Revision || got.Writer != s.Writer || got.AppHash != s.AppHash ||
			got.Format != s.Format || !bytes.Equal(got.Payload, s.Payload) {
			t.Errorf("size %d came back as %+v (%v)", size, got, err)
		}
	}
}

// TestEnvelopeFindsEveryChange flips each byte and cuts at each length.
func TestEnvelopeFindsEveryChange(t *testing.T) {
	data, err := seal(sample())
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 0x10
		if _, err := open(changed); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := open(data[:i]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

func resum(data []byte) []byte {
	body := data[:len(data)-sha256.Size]
	sum := sha256.Sum256(body)
	return append(bytes.Clone(body), sum[:]...)
}

func TestEnvelopeOfTheFuture(t *testing.T) {
	data, err := seal(sample())
	if err != nil {
		t.Fatal(err)
	}
	for what, at := range map[string]int{"layout": 8, "codec": 10} {
		later := bytes.Clone(data)
		binary.BigEndian.PutUint16(later[at:], 9)
		_, err := open(resum(later))
		if err == nil || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("a later %s: %v", what, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	data, err := seal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[:len(data)-sha256.Size])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, body []byte) {
		// With a right checksum, so that what lies behind it is reached.
		sum := sha256.Sum256(body)
		s, err := open(append(bytes.Clone(body), sum[:]...))
		if err == nil && s.Payload == nil && s.App != "" && len(body) < prefixLength {
			t.Error("something came of nothing")
		}
	})
}
