package persistence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// A sealed snapshot is, integers big-endian:
//
//	8 bytes   "MILLRACE"
//	2 bytes   version of this layout, 1
//	2 bytes   codec of the payload: 0 none, 1 zstd
//	4 bytes   length of the header
//	8 bytes   length of the payload before compression
//	8 bytes   length of the payload as it follows
//	…         header, JSON
//	…         payload
//	32 bytes  SHA-256 of everything before
const (
	envelopeMagic   = "MILLRACE"
	envelopeVersion = 1
	prefixLength    = 32
	codecNone       = 0
	codecZstd       = 1
	// compressFrom is the payload size from which compressing is worth a try.
	compressFrom = 256
	// largestWindow is what a zstd stream may ask for at this compression level.
	largestWindow = 8 << 20
)

// header is what an envelope says in words, readable in the file.
type header struct {
	App      string   `json:"app"`
	Revision Revision `json:"revision"`
	Writer   Writer   `json:"writer"`
	AppHash  string   `json:"appHash,omitempty"`
	Format   int      `json:"format"`
}

// seal encodes a snapshot.
func seal(s Snapshot) ([]byte, error) {
	head, err := json.Marshal(header{App: s.App, Revision: s.Revision, Writer: s.Writer, AppHash: s.AppHash, Format: s.Format})
	if err != nil {
		return nil, fmt.Errorf("encode its header: %w", err)
	}
	payload, codec := s.Payload, uint16(codecNone)
	if len(payload) >= compressFrom {
		packed, err := compress(payload)
		if err != nil {
			return nil, err
		}
		if len(packed) < len(payload) {
			payload, codec = packed, codecZstd
		}
	}
	out := make([]byte, 0, prefixLength+len(head)+len(payload)+sha256.Size)
	out = append(out, envelopeMagic...)
	out = binary.BigEndian.AppendUint16(out, envelopeVersion)
	out = binary.BigEndian.AppendUint16(out, codec)
	out = binary.BigEndian.AppendUint32(out, uint32(len(head)))
	out = binary.BigEndian.AppendUint64(out, uint64(len(s.Payload)))
	out = binary.BigEndian.AppendUint64(out, uint64(len(payload)))
	out = append(out, head...)
	out = append(out, payload...)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// open decodes what seal made. All its errors are ErrDamaged, but for an envelope
// of a later version.
func open(data []byte) (Snapshot, error) {
	if len(data) < prefixLength+sha256.Size {
		return Snapshot{}, fmt.Errorf("%d bytes are too few: %w", len(data), ErrDamaged)
	}
	if !bytes.HasPrefix(data, []byte(envelopeMagic)) {
		return Snapshot{}, fmt.Errorf("it does not begin with %s: %w", envelopeMagic, ErrDamaged)
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return Snapshot{}, fmt.Errorf("its checksum does not match: %w", ErrDamaged)
	}
	// From here on only a program that writes wrongly could mislead us.
	if v := binary.BigEndian.Uint16(body[8:]); v != envelopeVersion {
		return Snapshot{}, fmt.Errorf("its layout has version %d, this program reads version %d: run a newer program", v, envelopeVersion)
	}
	codec := binary.BigEndian.Uint16(body[10:])
	headLength := uint64(binary.BigEndian.Uint32(body[12:]))
	size := binary.BigEndian.Uint64(body[16:])
	packedLength := binary.BigEndian.Uint64(body[24:])
	rest := body[prefixLength:]
	if headLength > uint64(len(rest)) || packedLength != uint64(len(rest))-headLength {
		return Snapshot{}, fmt.Errorf("its lengths do not add up: %w", ErrDamaged)
	}
	var h header
	if err := json.Unmarshal(rest[:headLength], &h); err != nil {
		return Snapshot{}, fmt.Errorf("its header (%w): %w", err, ErrDamaged)
	}
	payload, err := unpack(codec, rest[headLength:], size)
	if err != nil {
		return Snapshot{}, err
	}
	return Snapshot{App: h.App, Revision: h.Revision, Writer: h.Writer, AppHash: h.AppHash, Format: h.Format, Payload: payload}, nil
}

func compress(payload []byte) ([]byte, error) {
	// One goroutine, and no state kept: saves are rare and their sizes differ widely.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("compress it: %w", err)
	}
	defer enc.Close()
	return enc.EncodeAll(payload, make([]byte, 0, len(payload)/2)), nil
}

func unpack(codec uint16, packed []byte, size uint64) ([]byte, error) {
	payload := packed
	switch codec {
	case codecNone:
	case codecZstd:
		dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(max(size, largestWindow)))
		if err != nil {
			return nil, fmt.Errorf("uncompress it: %w", err)
		}
		defer dec.Close()
		if payload, err = dec.DecodeAll(packed, nil); err != nil {
			return nil, fmt.Errorf("uncompress it (%w): %w", err, ErrDamaged)
		}
	default:
		return nil, fmt.Errorf("its payload has codec %d, which this program does not know: run a newer program", codec)
	}
	if uint64(len(payload)) != size {
		return nil, fmt.Errorf("its payload has %d bytes instead of %d: %w", len(payload), size, ErrDamaged)
	}
	return payload, nil
}
