package scenario_test

import (
	"fmt"

	"millrace/pkg/siddhi/scenario"
)

const alarms = `
app: |
  define stream Temperatures (room string, degrees double);
  from Temperatures[degrees > 30] select room insert into Alarms;
steps:
  - {at: 1000, send: Temperatures, rows: [[kitchen, 34]]}
  - {at: 2000, send: Temperatures, rows: [[cellar, 12]]}
expect:
  - {at: 1000, from: "stream:Alarms", events: [{data: [kitchen]}]}
  - {at: 2000, from: "stream:Alarms", events: [{data: [cellar]}]}
`

func Example() {
	s, err := scenario.Parse([]byte(alarms), true)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := s.Run(scenario.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, call := range res.Calls {
		fmt.Println(call.At, call.From, call.Rows[0].Values)
	}
	for _, d := range s.Compare(res) {
		fmt.Println(d)
	}
	// Output:
	// 1000 stream:Alarms ["kitchen"]
	// stream:Alarms, call 2 of 2:
	//           1000 +("kitchen")
	//     want  2000 +("cellar")
	//     got   nothing
}
