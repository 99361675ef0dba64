// Package connect gives a compiled app its outside: it makes what the app's
// @source and @sink annotations ask for, runs it, and takes the snapshots that
// hold state, positions and sequence numbers together.
//
// The way of an event:
//
//	Source.Poll → Decoder → Input.SendBatch → (the app) → OnStream → buffer → Encoder → Sink.Write
//	└────────── one goroutine per source ──────────────────────────┘  └─ one per sink ─┘
//
// The callback runs under the app's lock and only copies rows into the sink's
// bounded buffer. When that is full it waits, and with it the source: nothing is
// dropped. Frames fill while the transport is busy and leave at once when it is idle.
//
// # Guarantee
//
// A snapshot is taken between two batches, when everything that the app has put
// out so far is written. It holds the app's state, how far each source has been
// read, the sequence numbers of frames written, and which frames of others have
// been seen. Only when it is saved are sources told that they may forget.
//
// After a crash the app goes on from its last snapshot and reads again what came
// after it: at least once, always. What it then writes a second time has the
// numbers of the first time wherever the same input leads to the same output in
// the same order, and consumers drop it (@map(type='frame', ordered='true')).
// That is so when the app has one source that reads one ordered log (and perhaps
// one that is read to its end before), and its operators do not follow the wall clock. In all other apps the output may be
// cut or ordered differently the second time; a number would then stand for another
// row, and dropping it would lose one. Their producer epoch is therefore raised at
// each restart: consumers take everything, so rows since the snapshot come twice.
//
// It imports runtime, check, ast, mapper, stream and what they are made of.
package connect
