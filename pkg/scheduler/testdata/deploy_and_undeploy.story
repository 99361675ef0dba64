# Topics come first, then the parts: the instances of a group on different
# workers, the least loaded first. Removing the app stops all of it.
add-worker w1
add-worker w2
add-worker w3
deploy Pay in sum*3
tick 1s 4
    1s app Pay is waiting, 0 of 4: its topics are not there yet
    1s topics Pay[Pay_in: 1 partition Pay_sum: 1 partition]
    2s app Pay is deploying, 0 of 4
    2s deploy Pay-in-1/1.1 on w1
    2s deploy Pay-sum-1/1.2 on w2
    2s deploy Pay-sum-2/1.3 on w3
    2s deploy Pay-sum-3/1.4 on w1
    3s app Pay is active, 4 of 4
state
    app Pay is active, 4 of 4
    Pay-in-1: active on w1, 1.1
    Pay-sum-1: active on w2, 1.2
    Pay-sum-2: active on w3, 1.3
    Pay-sum-3: active on w1, 1.4
running
    Pay-in-1 on w1, 1.1, running
    Pay-sum-1 on w2, 1.2, running
    Pay-sum-2 on w3, 1.3, running
    Pay-sum-3 on w1, 1.4, running
undeploy Pay
tick 1s 5
    5s app Pay is undeploying, 0 of 0
    5s undeploy Pay-in-1/1.1 on w1
    5s undeploy Pay-sum-1/1.2 on w2
    5s undeploy Pay-sum-2/1.3 on w3
    5s undeploy Pay-sum-3/1.4 on w1
    6s forget Pay-in-1/1.1 by w1
    6s forget Pay-sum-1/1.2 by w1
    6s forget Pay-sum-2/1.3 by w1
    6s forget Pay-sum-3/1.4 by w1
    7s delete topics Pay[Pay_in: 1 partition Pay_sum: 1 partition]
    8s app Pay is gone, 0 of 0
state
running
