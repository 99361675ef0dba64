package topology

import "fmt"

// Conflict says why two apps cannot run in one cluster, or returns nil. Names
// that are put together can meet: app A with group b-c and app A-b with group c.
func Conflict(a, b *Topology) error {
	names := map[string]bool{}
	for _, p := range a.PartialApps {
		names[p.Name] = true
	}
	for _, p := range b.PartialApps {
		if names[p.Name] {
			return fmt.Errorf("apps %s and %s both have a partial app %s: rename one of the apps or execGroups", a.App, b.App, p.Name)
		}
	}
	if a.Transport != b.Transport {
		return nil
	}
	addresses := map[string]bool{}
	for _, t := range a.Topics {
		for _, address := range t.Addresses(a.Transport) {
			addresses[address] = true
		}
	}
	for _, t := range b.Topics {
		for _, address := range t.Addresses(b.Transport) {
			if addresses[address] {
				return fmt.Errorf("apps %s and %s both have a topic %s: rename one of the apps or streams", a.App, b.App, address)
			}
		}
	}
	return nil
}
