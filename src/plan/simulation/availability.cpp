#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {

// Which services work, and which only look as if. Silent dependencies may form circles, so it repeats until it stands.
void Engine::update_services() {
  const std::uint64_t before = state_.up;
  for (std::size_t round = 0; round <= compiled_.services.size(); ++round) {
    const std::uint64_t last = state_.up;
    std::uint64_t up = 0;
    std::uint64_t visible = 0;
    for (const Index index : compiled_.service_order) {
      const CompiledService& service = compiled_.services[at(index)];
      if ((state_.cut & bit(index)) != 0) continue;
      std::int64_t ready = 0;
      std::int64_t working = 0;
      for (const Index p : service.pods) {
        const PodState& pod = state_.pods[at(p)];
        const CompiledPod& compiled = compiled_.pods[at(p)];
        const bool runs = pod.phase == PodPhase::kReady || (pod.phase == PodPhase::kDaemon && state_.ready_nodes > 0);
        if (!runs) continue;
        ready += (compiled.hard & ~visible) == 0;
        working += (compiled.hard & ~up) == 0 && (compiled.silent & ~last) == 0 && !pod.silent_broken;
      }
      if (service.external || ready >= service.quorum) visible |= bit(index);
      if (service.external || working >= service.quorum) up |= bit(index);
    }
    state_.up = up;
    state_.visible = visible;
    if (up == last || !compiled_.has_silent) break;
  }
  if (state_.up != before) wake_waiting();
}

void Engine::wake_waiting() {
  if (settling_) return;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    if (state_.pods[p].phase == PodPhase::kWaiting && (compiled_.pods[p].start & ~state_.up) == 0) {
      dependencies_met(static_cast<Index>(p));
    }
  }
}

void Engine::update_abilities() {
  for (std::size_t s = 0; s < compiled_.services.size(); ++s) {
    const auto index = static_cast<Index>(s);
    track(outcome_.services[s], (state_.up & bit(index)) == 0, ObjectKind::kService, index);
  }
  const std::uint64_t needed = compiled_.write | compiled_.read;
  std::uint64_t soft = 0;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    const CompiledPod& pod = compiled_.pods[p];
    if (pod.soft != 0 && state_.pods[p].phase == PodPhase::kReady && (bit(pod.service) & needed) != 0) soft |= pod.soft;
  }
  const auto ability = [&](Outage& outage, bool down, Ability which) {
    track(outage, down, ObjectKind::kAbility, static_cast<Index>(which));
  };
  ability(outcome_.write, (compiled_.write & ~state_.up) != 0, Ability::kWrite);
  ability(outcome_.read, (compiled_.read & ~state_.up) != 0, Ability::kRead);
  ability(outcome_.degraded, ((needed | compiled_.degraded | soft) & ~state_.up) != 0, Ability::kWhole);
  ability(outcome_.silent, (state_.visible & ~state_.up) != 0, Ability::kHonest);
}

// While down, last_up is the beginning of the open interval, negated, so that an outage needs no second clock.
void Engine::track(Outage& outage, bool down, ObjectKind kind, Index object) {
  if (outage.down_at_end == down) return;
  outage.down_at_end = down;
  if (down) {
    if (outage.first_down < 0) outage.first_down = now_;
    outage.last_up = -now_ - 1;
  } else {
    const std::int64_t began = -outage.last_up - 1;
    outage.down_ms += now_ - began;
    outage.last_up = now_;
    if (traced_) outage.intervals.push_back({Duration::millis(began), Duration::millis(now_)});
  }
  const bool service = kind == ObjectKind::kService;
  note(kind, object, down ? (service ? What::kServiceDown : What::kAbilityDown) : (service ? What::kServiceUp : What::kAbilityUp));
}

void Engine::close(Outage& outage) const {
  if (!outage.down_at_end) return;
  const std::int64_t began = -outage.last_up - 1;
  outage.down_ms += horizon_ - began;
  outage.last_up = -1;
  if (traced_) outage.intervals.push_back({Duration::millis(began), Duration::millis(horizon_)});
}

// A copy of what is not in the object store yet is gone: with its process, or with its volume.
void Engine::copy_gone(Index index) {
  const Index store = compiled_.pods[at(index)].store;
  if (store == kNoIndex || settling_) return;
  state_.pods[at(index)].copy_lost = true;
  state_.pods[at(index)].copy_lost_at = now_;
  judge_store(store);
}

// Worst case: the oldest sample was accepted a whole flush interval ago, and its copies are the ones that went.
void Engine::judge_store(Index index) {
  const auto lost_within = [&](const CompiledStore& store, std::int64_t window) {
    std::int64_t lost = 0;
    for (const Index p : compiled_.services[at(store.service)].pods) {
      const PodState& pod = state_.pods[at(p)];
      lost += pod.copy_lost && now_ - pod.copy_lost_at < window;
    }
    return lost >= store.replication;
  };
  for (std::size_t s = 0; s < compiled_.stores.size(); ++s) {
    const CompiledStore& store = compiled_.stores[s];
    if (static_cast<Index>(s) != index && store.replay_from != index) continue;
    if (!lost_within(store, store.flush_interval)) continue;
    if (static_cast<Index>(s) == index) break_silently(store.service);
    if (store.replay_from != kNoIndex && !lost_within(compiled_.stores[at(store.replay_from)], store.flush_interval)) continue;
    StoreOutcome& outcome = outcome_.stores[s];
    if (outcome.lost_at >= 0) continue;
    outcome.lost_at = now_;
    outcome.rpo = Duration::millis(store.flush_interval);
    note(ObjectKind::kStore, static_cast<Index>(s), What::kDataLost, store.flush_interval);
  }
}

// Whoever holds positions in the lost data goes on asking for them, and says Ready (mimir#14516).
void Engine::break_silently(Index service) {
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    PodState& pod = state_.pods[p];
    if ((compiled_.pods[p].silent & bit(service)) == 0 || pod.phase != PodPhase::kReady || pod.silent_broken) continue;
    pod.silent_broken = true;
    services_dirty_ = true;
    note(ObjectKind::kPod, static_cast<Index>(p), What::kSilentlyBroken, service);
  }
}

// Intact but out of reach: fewer pods run than it takes to have one copy of everything.
void Engine::judge_readability() {
  for (std::size_t s = 0; s < compiled_.stores.size(); ++s) {
    const CompiledStore& store = compiled_.stores[s];
    std::int64_t away = 0;
    for (const Index p : compiled_.services[at(store.service)].pods) {
      const PodState& pod = state_.pods[at(p)];
      away += pod.phase != PodPhase::kReady && compiled_.pods[at(p)].volume != kNoIndex && !pod.copy_lost;
    }
    outcome_.stores[s].unreadable = away >= store.replication;
  }
}

}  // namespace isobar::plan::simulation
