"""Redis of several nodes: a cluster, or a primary with replicas that sentinels watch."""

from coredis.exceptions import ResponseError

from core.bus.connection import UNAVAILABLE, Redis
from core.bus.driver import address, asking, cluster, sentinel
from server.doctor.findings import Code, Finding, found

TO_SENTINEL = "PARLEY_REDIS_URL=redis+sentinel://host:port,host:port/service"


async def not_a_redis(url: str) -> list[Finding]:
    """Whether the URL names a sentinel, which knows where a Redis is and is not one."""
    if address.scheme(url) not in asking.ASKED or await asking.mode_of(url) != "sentinel":
        return []
    return [found(Code.REDIS_IS_SENTINEL, "PARLEY_REDIS_URL names a sentinel, not a Redis", TO_SENTINEL)]


async def several(url: str, redis: Redis) -> list[Finding]:
    """What concerns the nodes together, beside what each has."""
    try:
        if (whole := cluster.of(redis)) is not None:
            return [*_named_by(url), *await _cluster(whole)]
        if address.scheme(url) == address.SENTINEL:
            return [*await _sentinels(url), *await _watched(redis)]
    except UNAVAILABLE:  # said already
        pass
    return []


def _named_by(url: str) -> list[Finding]:
    if address.scheme(url) == address.CLUSTER and len(address.hosts(url, port=address.REDIS_PORT)) > 1:
        return []
    return [
        found(
            Code.CLUSTER_BY_ONE_NODE,
            "PARLEY_REDIS_URL names one node of a cluster: while it is down, no process can start",
            "PARLEY_REDIS_URL=redis+cluster://host:port,host:port with several of its nodes",
        )
    ]


async def _cluster(whole: cluster.Cluster) -> list[Finding]:
    findings = []
    for primary in whole.primaries:
        async with primary as node:
            state = await node.cluster_info()
            info = await node.info("replication")
        if str(state.get("cluster_state")) != "ok":
            findings.append(
                found(
                    Code.CLUSTER_INCOMPLETE,
                    "a node says that slots of the cluster have no primary: "
                    "some visitors cannot send messages",
                    "start the node that is down: valkey-cli --cluster check HOST:PORT names the slots",
                )
            )
        if not int(str(info.get("connected_slaves", 0))):
            findings.append(
                found(
                    Code.CLUSTER_NO_REPLICA,
                    "a primary of the cluster has no replica: "
                    "when it fails, some visitors cannot send messages",
                    "start a replica: valkey-cli --cluster add-node NEW:PORT HOST:PORT --cluster-slave",
                )
            )
    return list({one.code: one for one in findings}.values())


async def _sentinels(url: str) -> list[Finding]:
    service, _ = address.service(url)
    return [
        found(
            Code.SENTINEL_AWAY,
            f"the sentinel {place.host}:{place.port} does not answer, or does not know {service}",
            "start it, or correct PARLEY_REDIS_URL",
        )
        for place in address.hosts(url, port=address.SENTINEL_PORT)
        if await sentinel.primary_by(place, service, address.sentinel_login(url)) is None
    ]


async def _watched(redis: Redis) -> list[Finding]:
    try:
        info = await redis.info("replication")
    except ResponseError:
        return []
    if int(str(info.get("connected_slaves", 0))):
        return []
    return [
        found(
            Code.SENTINEL_NO_REPLICA,
            "the primary that the sentinels watch has no replica: nothing can take over when it fails",
            "start a replica: replicaof HOST PORT in its redis.conf",
        )
    ]
