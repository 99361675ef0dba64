package config

import (
	"regexp"
	"strings"
)

// known are the keys that have an effect. [] stands for each element of a list.
var known = map[string]bool{
	"wso2.carbon.id": true,

	"wso2.transport.http.listenerConfigurations[].id":     true,
	"wso2.transport.http.listenerConfigurations[].host":   true,
	"wso2.transport.http.listenerConfigurations[].port":   true,
	"wso2.transport.http.listenerConfigurations[].scheme": true,

	"cluster.config.enabled":                          true,
	"cluster.config.groupId":                          true,
	"cluster.config.coordinationStrategyClass":        true,
	"cluster.config.strategyConfig.datasource":        true,
	"cluster.config.strategyConfig.heartbeatInterval": true,
	"cluster.config.strategyConfig.heartbeatMaxRetry": true,

	"deployment.config.type":                    true,
	"deployment.config.httpsInterface.host":     true,
	"deployment.config.httpsInterface.port":     true,
	"deployment.config.heartbeatInterval":       true,
	"deployment.config.heartbeatMaxRetry":       true,
	"deployment.config.minResourceCount":        true,
	"deployment.config.datasource":              true,
	"deployment.config.appCreatorClass":         true,
	"deployment.config.bootstrapURLs":           true,
	"deployment.config.natsServerUrl":           true,
	"deployment.config.isReceiverNode":          true,
	"deployment.config.leaderRetryInterval":     true,
	"deployment.config.resourceManagers[].host": true,
	"deployment.config.resourceManagers[].port": true,

	"state.persistence.enabled":           true,
	"state.persistence.intervalInMin":     true,
	"state.persistence.intervalInMillis":  true,
	"state.persistence.revisionsToKeep":   true,
	"state.persistence.persistenceStore":  true,
	"state.persistence.config.datasource": true,
	"state.persistence.config.location":   true,

	"wso2.datasources.dataSources[].name":                                 true,
	"wso2.datasources.dataSources[].definition.configuration.jdbcUrl":     true,
	"wso2.datasources.dataSources[].definition.configuration.username":    true,
	"wso2.datasources.dataSources[].definition.configuration.password":    true,
	"wso2.datasources.dataSources[].definition.configuration.maxPoolSize": true,
	"wso2.datasources.dataSources[].definition.configuration.idleTimeout": true,

	"siddhi.properties.aggTimeZone": true,

	// Ours, beyond WSO2 SP.
	"millrace.dataDirectory": true,
	"millrace.broker.host":   true,
	"millrace.broker.port":   true,
}

// withoutEffect are keys of WSO2 SP that a file may have, and that change nothing
// here; each covers the keys below it. The text says why where a user must know.
var withoutEffect = map[string]string{
	"wso2.carbon.name":                                                "",
	"wso2.carbon.type":                                                "",
	"wso2.carbon.ports":                                               "",
	"wso2.transport.http.transportProperties":                         "",
	"wso2.transport.http.senderConfigurations":                        "",
	"wso2.transport.http.listenerConfigurations[].keyStoreFile":       "",
	"wso2.transport.http.listenerConfigurations[].keyStorePassword":   "",
	"wso2.transport.http.listenerConfigurations[].certPass":           "",
	"siddhi.stores.query.api":                                         "on-demand queries are asked on the port of the other paths",
	"databridge.config":                                               "there are no data-bridge receivers",
	"data.agent.config":                                               "",
	"wso2.artifact.deployment":                                        "apps are deployed over REST, no directory is scanned",
	"wso2.securevault":                                                "secrets come from ${env:NAME} and ${file:PATH}",
	"wso2.metrics":                                                    "",
	"wso2.metrics.jdbc":                                               "",
	"wso2.status.dashboard":                                           "there is no status dashboard yet",
	"auth.configs":                                                    "there are no users and roles yet: do not let strangers reach the node's port",
	"extensions":                                                      "",
	"refs":                                                            "references to named sources and sinks are not supported yet",
	"siddhi":                                                          "",
	"siddhi.properties.partitionById":                                 "an aggregation is not shared through a database: it has one owner",
	"siddhi.properties.shardId":                                       "an aggregation is not shared through a database: it has one owner",
	"cluster.config.strategyConfig.eventPollingInterval":              "",
	"cluster.config.strategyConfig.queries":                           "the SQL is made for each database already",
	"deployment.config.allocationAlgorithm":                           "parts always go to the worker with the fewest",
	"deployment.config.zooKeeperConfig":                               "",
	"deployment.config.zooKeeperURLs":                                 "",
	"deployment.config.clusterId":                                     "",
	"deployment.config.clusterid":                                     "",
	"deployment.config.queries":                                       "the SQL is made for each database already",
	"deployment.config.httpsInterface.username":                       "",
	"deployment.config.httpsInterface.password":                       "",
	"deployment.config.resourceManagers[].username":                   "",
	"deployment.config.resourceManagers[].password":                   "",
	"state.persistence.config.table":                                  "the tables have names of their own",
	"state.persistence.config.queries":                                "the SQL is made for each database already",
	"wso2.datasources.dataSources[].description":                      "",
	"wso2.datasources.dataSources[].jndiConfig":                       "",
	"wso2.datasources.dataSources[].definition.type":                  "",
	"wso2.datasources.dataSources[].definition.configuration.minIdle": "",
	"wso2.datasources.dataSources[].definition.configuration.driverClassName":     "",
	"wso2.datasources.dataSources[].definition.configuration.connectionTestQuery": "",
	"wso2.datasources.dataSources[].definition.configuration.validationTimeout":   "",
	"wso2.datasources.dataSources[].definition.configuration.isAutoCommit":        "",
}

var index = regexp.MustCompile(`\[\d+\]`)

// general is a key as the tables have it.
func general(key string) string { return index.ReplaceAllString(key, "[]") }

// ignored finds the key of withoutEffect that covers a key.
func ignored(key string) (covering, why string, found bool) {
	for c, text := range withoutEffect {
		if key == c || strings.HasPrefix(key, c+".") || strings.HasPrefix(key, c+"[") {
			if len(c) > len(covering) {
				covering, why, found = c, text, true
			}
		}
	}
	return covering, why, found
}
