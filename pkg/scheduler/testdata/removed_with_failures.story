# The next leader finishes what this one has begun.
add-worker w1
deploy Pay in
tick 1s 3
    1s app Pay is waiting, 0 of 1: its topics are not there yet
    1s topics Pay[Pay_in: 1 partition]
    2s app Pay is deploying, 0 of 1
    2s deploy Pay-in-1/1.1 on w1
    3s app Pay is active, 1 of 1
undeploy Pay
tick 1s
    4s app Pay is undeploying, 0 of 0
    4s undeploy Pay-in-1/1.1 on w1
new-leader
tick 1s 4
    5s app Pay is undeploying, 0 of 0
    5s undeploy Pay-in-1/1.1 on w1
    6s forget Pay-in-1/1.1 by w1
    7s delete topics Pay[Pay_in: 1 partition]
    8s app Pay is gone, 0 of 0
kept
    states []
    topics []

# What cannot be deleted is tried a few times, and then left.
deploy Pay in
tick 1s 4
    9s app Pay is waiting, 0 of 1: its topics are not there yet
    9s topics Pay[Pay_in: 1 partition]
    10s app Pay is deploying, 0 of 1
    10s deploy Pay-in-1/2.1 on w1
    11s app Pay is active, 1 of 1
topics no brokers
undeploy Pay
tick 1s 30
    13s app Pay is undeploying, 0 of 0
    13s undeploy Pay-in-1/2.1 on w1
    14s forget Pay-in-1/2.1 by w1
    15s delete topics Pay[Pay_in: 1 partition]
    16s app Pay is undeploying, 0 of 0: no brokers
    17s delete topics Pay[Pay_in: 1 partition]
    20s delete topics Pay[Pay_in: 1 partition]
    25s delete topics Pay[Pay_in: 1 partition]
    33s delete topics Pay[Pay_in: 1 partition]
    34s app Pay is gone, 0 of 0: no brokers
kept
    states []
    topics [Pay_in]
topics
deploy Pay in
tick 1s 5
    43s app Pay is waiting, 0 of 1: its topics are not there yet
    43s topics Pay[Pay_in: 1 partition]
    44s app Pay is deploying, 0 of 1
    44s deploy Pay-in-1/2.2 on w1
    45s app Pay is active, 1 of 1
cannot-forget w1
undeploy Pay
tick 1s 30
    48s app Pay is undeploying, 0 of 0
    48s undeploy Pay-in-1/2.2 on w1
    49s forget Pay-in-1/2.2 by w1
    50s app Pay is undeploying, 0 of 0: the database is locked
    51s forget Pay-in-1/2.2 by w1
    54s forget Pay-in-1/2.2 by w1
    59s forget Pay-in-1/2.2 by w1
    1m8s forget Pay-in-1/2.2 by w1
    1m9s app Pay is undeploying, 0 of 0
    1m9s delete topics Pay[Pay_in: 1 partition]
    1m10s app Pay is gone, 0 of 0
kept
    states [Pay-in-1]
    topics []

# Without a worker nothing is forgotten, until there is one.
can-forget w1
deploy Pay in
tick 1s 4
    1m18s app Pay is waiting, 0 of 1: its topics are not there yet
    1m18s topics Pay[Pay_in: 1 partition]
    1m19s app Pay is deploying, 0 of 1
    1m19s deploy Pay-in-1/2.3 on w1
    1m20s app Pay is active, 1 of 1
kill w1
undeploy Pay
tick 1s 8
    1m22s app Pay is undeploying, 0 of 0
    1m22s undeploy Pay-in-1/2.3 on w1
    1m23s app Pay is undeploying, 0 of 0: no answer
    1m26s app Pay is undeploying, 0 of 0
kept
    states [Pay-in-1]
    topics [Pay_in]
start w1
tick 1s 4
    1m30s forget Pay-in-1/2.3 by w1
    1m31s delete topics Pay[Pay_in: 1 partition]
    1m32s app Pay is gone, 0 of 0
kept
    states []
    topics []

# An app that cannot be split any more stops, and keeps its state.
deploy Pay in
tick 1s 4
    1m34s app Pay is waiting, 0 of 1: its topics are not there yet
    1m34s topics Pay[Pay_in: 1 partition]
    1m35s app Pay is deploying, 0 of 1
    1m35s deploy Pay-in-1/2.4 on w1
    1m36s app Pay is active, 1 of 1
cannot-split Pay
tick 1s 3
    1m38s app Pay is failed, 0 of 0: it cannot be split any more
    1m38s undeploy Pay-in-1/2.4 on w1
state
    app Pay is failed, 0 of 0: it cannot be split any more
    Pay-in-1: waiting
kept
    states [Pay-in-1]
    topics [Pay_in]
deploy Pay in
tick 1s 3
    1m41s app Pay is waiting, 0 of 1: its topics are not there yet
    1m41s topics Pay[Pay_in: 1 partition]
    1m42s app Pay is deploying, 0 of 1
    1m42s deploy Pay-in-1/2.5 on w1
    1m43s app Pay is active, 1 of 1
