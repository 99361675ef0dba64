// Package frame is the binary columnar encoding of events between the parts of
// an app: docs/formats/frame.md specifies it. A frame carries up to some
// thousand rows, a checksum, and the producer's sequence numbers, by which a
// consumer drops what it has seen and notices what it never got.
//
// It imports column, schema and state.
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Version is the version of the format that this package writes; it reads no other.
const Version = 1

// The limits of a frame. They bound what a decoder allocates for one.
const (
	MaxRows     = 1 << 20
	MaxColumns  = 1 << 12
	MaxBody     = 16 << 20 // bytes, uncompressed
	MaxProducer = 255      // bytes
)

const (
	magic          = "MRFR"
	checksumOffset = 4
	coveredOffset  = 8  // the checksum covers all bytes from here on
	fixedHeader    = 38 // bytes before the producer's name

	flagZstd   = 1 << 0
	knownFlags = flagZstd
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged means that a frame is cut short, altered, or no frame at all.
var ErrDamaged = errors.New("damaged frame")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// Header says whose rows a frame carries and where they stand in the
// producer's sequence for one destination.
type Header struct {
	Producer string // at most MaxProducer bytes
	// Epoch rises whenever the producer starts its sequence anew; the first row
	// of an epoch has sequence 0.
	Epoch uint64
	// Sequence is the number of the first row; the others follow without gaps.
	Sequence uint64
	Rows     int
}

// Frame is an encoded frame whose checksum and header have been verified. It
// refers to the bytes that it was parsed from.
type Frame struct {
	Header
	columns    int
	compressed bool
	bodyLen    int // uncompressed
	body       []byte
}

// Parse checks the header and the checksum of an encoded frame. The errors wrap
// ErrDamaged, but for a version that this package does not know.
func Parse(data []byte) (Frame, error) {
	var f Frame
	if len(data) < fixedHeader {
		return f, damaged("%d bytes are less than a header", len(data))
	}
	if string(data[:len(magic)]) != magic {
		return f, damaged("it starts with %q instead of %q; is the message of another mapping?", data[:len(magic)], magic)
	}
	if v := data[8]; v != Version {
		return f, fmt.Errorf("frame of version %d: this program reads version %d; upgrade the reader before the writer", v, Version)
	}
	want := binary.LittleEndian.Uint32(data[checksumOffset:])
	if got := crc32.Checksum(data[coveredOffset:], castagnoli); got != want {
		return f, damaged("checksum is %08x, the header says %08x", got, want)
	}
	flags := data[9]
	if flags&^byte(knownFlags) != 0 {
		return f, damaged("unknown flags %#x", flags)
	}
	f.compressed = flags&flagZstd != 0
	f.columns = int(binary.LittleEndian.Uint16(data[10:]))
	rows := binary.LittleEndian.Uint32(data[12:])
	body := binary.LittleEndian.Uint32(data[16:])
	f.Epoch = binary.LittleEndian.Uint64(data[20:])
	f.Sequence = binary.LittleEndian.Uint64(data[28:])
	producer := int(binary.LittleEndian.Uint16(data[36:]))
	switch {
	case f.columns > MaxColumns:
		return f, damaged("%d columns are more than %d", f.columns, MaxColumns)
	case rows > MaxRows:
		return f, damaged("%d rows are more than %d", rows, MaxRows)
	case body > MaxBody:
		return f, damaged("a body of %d bytes is more than %d", body, MaxBody)
	case producer > MaxProducer || producer > len(data)-fixedHeader:
		return f, damaged("producer of %d bytes", producer)
	case f.Sequence > math.MaxUint64-uint64(rows):
		return f, damaged("sequence %d does not leave room for %d rows", f.Sequence, rows)
	}
	f.Rows, f.bodyLen = int(rows), int(body)
	f.Producer = string(data[fixedHeader : fixedHeader+producer])
	f.body = data[fixedHeader+producer:]
	if !f.compressed && len(f.body) != f.bodyLen {
		return f, damaged("body has %d bytes, the header says %d", len(f.body), f.bodyLen)
	}
	return f, nil
}
