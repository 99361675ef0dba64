# A removed app leaves nothing: when its parts have stopped their states are
# deleted, then its topics.
add-worker w1
add-worker w2
deploy Pay in sum*2
tick 1s 3
    1s app Pay is waiting, 0 of 3: its topics are not there yet
    1s topics Pay[Pay_in: 1 partition Pay_sum: 1 partition]
    2s app Pay is deploying, 0 of 3
    2s deploy Pay-in-1/1.1 on w1
    2s deploy Pay-sum-1/1.2 on w2
    2s deploy Pay-sum-2/1.3 on w1
    3s app Pay is active, 3 of 3
kept
    states [Pay-in-1 Pay-sum-1 Pay-sum-2]
    topics [Pay_in Pay_sum]
undeploy Pay
tick 1s 5
    4s app Pay is undeploying, 0 of 0
    4s undeploy Pay-in-1/1.1 on w1
    4s undeploy Pay-sum-1/1.2 on w2
    4s undeploy Pay-sum-2/1.3 on w1
    5s forget Pay-in-1/1.1 by w1
    5s forget Pay-sum-1/1.2 by w1
    5s forget Pay-sum-2/1.3 by w1
    6s delete topics Pay[Pay_in: 1 partition Pay_sum: 1 partition]
    7s app Pay is gone, 0 of 0
kept
    states []
    topics []
state

# The same for parts that an update takes away; those that stay keep their state.
deploy Pay in sum*2
tick 1s 4
    9s app Pay is waiting, 0 of 3: its topics are not there yet
    9s topics Pay[Pay_in: 1 partition Pay_sum: 1 partition]
    10s app Pay is deploying, 0 of 3
    10s deploy Pay-in-1/1.4 on w1
    10s deploy Pay-sum-1/1.5 on w2
    10s deploy Pay-sum-2/1.6 on w1
    11s app Pay is active, 3 of 3
deploy Pay in sum*1 v=2
tick 1s 5
    13s app Pay is deploying, 0 of 2: the app has changed
    13s undeploy Pay-in-1/1.4 on w1
    13s undeploy Pay-sum-1/1.5 on w2
    13s undeploy Pay-sum-2/1.6 on w1
    14s app Pay is deploying, 0 of 2
    14s deploy Pay-in-1/1.7 on w1
    14s deploy Pay-sum-1/1.8 on w2
    14s forget Pay-sum-2/1.6 by w1
    15s app Pay is active, 2 of 2
kept
    states [Pay-in-1 Pay-sum-1]
    topics [Pay_in Pay_sum]

# A worker dies with the app that it ran: another one forgets its part.
kill w1
undeploy Pay
tick 1s 9
    18s app Pay is undeploying, 0 of 0
    18s undeploy Pay-in-1/1.7 on w1
    18s undeploy Pay-sum-1/1.8 on w2
    19s app Pay is undeploying, 0 of 0: no answer
    19s forget Pay-sum-1/1.8 by w2
    22s app Pay is undeploying, 0 of 0
    22s forget Pay-in-1/1.7 by w2
    23s delete topics Pay[Pay_in: 1 partition Pay_sum: 1 partition]
    24s app Pay is gone, 0 of 0
kept
    states []
    topics []
start w1
