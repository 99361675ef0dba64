package maths

import "testing"

func BenchmarkSin(b *testing.B) {
	x, dst := make([]float64, 1024), make([]float64, 1024)
	for i := range x {
		x[i] = float64(i) * 0.37
	}
	b.ReportAllocs()
	for b.Loop() {
		sin(dst, x)
	}
}
