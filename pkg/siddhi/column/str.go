package column

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// InlineLen is the longest string that a Str holds in itself.
const InlineLen = 12

// Str is one string of a column, in 16 bytes without a pointer. Strings of up
// to InlineLen bytes lie in it whole; of a longer one it has the length, the
// first four bytes and an offset into the column's Arena. Two Str are
// comparable with == only when both are inline; use Equal otherwise.
//
// The layout is that of "German strings": Neumann and Freitag, "Umbra: A
// Disk-Based System with In-Memory Performance", CIDR 2020.
type Str struct {
	lo uint64 // length in the low 32 bits, bytes 0..3 in the high ones
	hi uint64 // bytes 4..11, or the offset in the arena
}

// Len returns the length in bytes.
func (s Str) Len() int { return int(uint32(s.lo)) }

// Inline says whether s needs no arena.
func (s Str) Inline() bool { return uint32(s.lo) <= InlineLen }

// InlineStr makes a Str of at most InlineLen bytes.
func InlineStr(v string) (Str, bool) {
	if len(v) > InlineLen {
		return Str{}, false
	}
	return inline(v), true
}

func inline(v string) Str {
	switch n := len(v); {
	case n >= 8:
		p := unsafe.Pointer(unsafe.StringData(v))
		head := *(*uint32)(p)
		tail := *(*uint64)(unsafe.Add(p, n-8)) // the last eight bytes, shifted into place
		return Str{lo: uint64(n) | uint64(head)<<32, hi: tail >> (uint(InlineLen-n) * 8)}
	case n >= 4:
		p := unsafe.Pointer(unsafe.StringData(v))
		head := *(*uint32)(p)
		tail := *(*uint32)(unsafe.Add(p, n-4))
		return Str{lo: uint64(n) | uint64(head)<<32, hi: uint64(tail) >> (uint(8-n) * 8)}
	case n == 0:
		return Str{}
	default: // first, middle and last byte, which may be the same one, are all
		mid, last := uint(n)/2, uint(n)-1
		bytes := uint64(v[0]) | uint64(v[mid])<<(8*mid) | uint64(v[last])<<(8*last)
		return Str{lo: uint64(n) | bytes<<32}
	}
}

// makeStr puts v into a Str and, if it is long, into arena.
func makeStr(v string, arena []byte) (Str, []byte) {
	if len(v) <= InlineLen {
		return inline(v), arena
	}
	head := binary.LittleEndian.Uint32(unsafe.Slice(unsafe.StringData(v), 4))
	s := Str{lo: uint64(uint32(len(v))) | uint64(head)<<32, hi: uint64(len(arena))}
	return s, append(arena, v...)
}

// AppendTo appends the bytes of s to dst.
func (s Str) AppendTo(dst, arena []byte) []byte {
	if !s.Inline() {
		return append(dst, arena[s.hi:s.hi+uint64(s.Len())]...)
	}
	var raw [16]byte
	binary.LittleEndian.PutUint32(raw[0:], uint32(s.lo>>32))
	binary.LittleEndian.PutUint64(raw[4:], s.hi)
	return append(dst, raw[:s.Len()]...)
}

// View returns the bytes of *s without copying: they are valid while *s and
// arena stay as they are.
func (s *Str) View(arena []byte) string {
	n := s.Len()
	if n > InlineLen {
		return unsafe.String(&arena[s.hi], n)
	}
	// lo's high half and hi are adjacent in memory: bytes 4..15 of the struct.
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(s), 4)), n)
}

// Text returns the string as a Go string of its own.
func (s Str) Text(arena []byte) string { return string(s.AppendTo(nil, arena)) }

// Equal compares two strings of two arenas.
func Equal(a Str, arenaA []byte, b Str, arenaB []byte) bool {
	if a.lo != b.lo { // length and first four bytes
		return false
	}
	if a.Inline() {
		return a.hi == b.hi
	}
	n := uint64(a.Len())
	return bytes.Equal(arenaA[a.hi:a.hi+n], arenaB[b.hi:b.hi+n])
}

// Compare orders two strings by their bytes, as Go does.
func Compare(a *Str, arenaA []byte, b *Str, arenaB []byte) int {
	x, y := bits.ReverseBytes32(uint32(a.lo>>32)), bits.ReverseBytes32(uint32(b.lo>>32))
	if x != y { // absent bytes are zero and sort first
		if x < y {
			return -1
		}
		return 1
	}
	va, vb := a.View(arenaA), b.View(arenaB)
	switch {
	case va < vb:
		return -1
	case va > vb:
		return 1
	}
	return 0
}

// Hash returns a 64-bit hash of the string's bytes; it does not depend on the
// arena, nor on the process.
func (s Str) Hash(arena []byte) uint64 {
	if s.Inline() {
		return s.hashInline()
	}
	h := s.lo ^ 0x9e3779b97f4a7c15
	p := arena[s.hi : s.hi+uint64(s.Len())]
	for ; len(p) >= 8; p = p[8:] {
		h = Mix(h^binary.LittleEndian.Uint64(p), 0xe7037ed1a0b428db)
	}
	var last [8]byte
	copy(last[:], p)
	return Mix(h^binary.LittleEndian.Uint64(last[:]), 0x8ebc6af09c88c6e3)
}

// hashInline is Hash of a string that needs no arena.
func (s Str) hashInline() uint64 { return Mix(s.lo^0x9e3779b97f4a7c15, s.hi^0xe7037ed1a0b428db) }

// Mix folds the 128-bit product of a and b: the mixing step of wyhash.
func Mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
