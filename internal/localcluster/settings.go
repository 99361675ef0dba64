package localcluster

import "path/filepath"

// settings are the keys and values of a deployment.yaml.
type settings map[string]any

const dataSource = "CLUSTER_DB"

func (c *Cluster) managerSettings(id string, port int) settings {
	s := c.common(id, port)
	s["cluster.config"] = settings{
		"enabled": true, "groupId": "local",
		"strategyConfig": settings{
			"datasource": dataSource, "heartbeatInterval": c.opts.ManagerHeartbeat.Milliseconds(), "heartbeatMaxRetry": c.opts.ManagerRetries,
		},
	}
	deployment := s["deployment.config"].(settings)
	deployment["datasource"] = dataSource
	deployment["heartbeatInterval"], deployment["heartbeatMaxRetry"] = c.opts.Heartbeat.Milliseconds(), c.opts.Retries
	return s
}

func (c *Cluster) workerSettings(id string, port int, managers []int) settings {
	s := c.common(id, port)
	var all []settings
	for _, m := range managers {
		all = append(all, settings{"host": "127.0.0.1", "port": m})
	}
	deployment := s["deployment.config"].(settings)
	deployment["resourceManagers"] = all
	deployment["leaderRetryInterval"] = c.opts.Heartbeat.Milliseconds()
	s["state.persistence"] = settings{
		"enabled": true, "intervalInMillis": c.opts.SnapshotEvery.Milliseconds(),
		"persistenceStore": "database", "config": settings{"datasource": dataSource},
	}
	return s
}

// common is what all nodes have. Managers share the directory of the broker.
func (c *Cluster) common(id string, port int) settings {
	deployment := settings{"type": "distributed"}
	switch {
	case c.opts.Kafka != "":
		deployment["appCreatorClass"], deployment["bootstrapURLs"] = "kafka", c.opts.Kafka
	case c.opts.NATS != "":
		deployment["appCreatorClass"], deployment["natsServerUrl"] = "nats", c.opts.NATS
	}
	configuration := settings{"jdbcUrl": c.opts.Database}
	if c.opts.Username != "" {
		configuration["username"], configuration["password"] = c.opts.Username, c.opts.Password
	}
	return settings{
		"wso2.carbon":         settings{"id": id},
		"wso2.transport.http": settings{"listenerConfigurations": []settings{{"id": "default", "host": "127.0.0.1", "port": port}}},
		"wso2.datasources": settings{"dataSources": []settings{{
			"name": dataSource, "definition": settings{"type": "RDBMS", "configuration": configuration},
		}}},
		"deployment.config": deployment,
		"millrace": settings{
			"dataDirectory": filepath.Join(c.opts.Directory, "data"), "broker": settings{"host": "127.0.0.1", "port": c.brokerPort},
		},
	}
}
