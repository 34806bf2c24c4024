// Judges blocks and says what a repair does about those that are damaged.
#pragma once

#include <set>

#include "object_store/object_store.h"
#include "repair/plan.h"
#include "tsdb/block_salvage.h"

namespace isobar::repair {

enum class BlockState {
  kSound,
  kDamaged,     // some chunks; the rest can be saved
  kUnreadable,  // nothing can be saved
  kMissing,
  kNewer,  // written by a newer program: no damage
};

struct JudgedBlock {
  BlockState state = BlockState::kSound;
  std::string fault;
  tsdb::BlockDamage content;
  std::uint64_t size_bytes = 0;
};

// Reads the whole block. An error if the disk cannot be read: that says nothing about the block.
Result<JudgedBlock> judge_block(object_store::ObjectStore& objects, const std::string& key);

// Adds a step for a block that the log still holds all of.
void plan_refolded(const DataLayout& layout, const blocks::BlockEntry& entry, const JudgedBlock& judged,
                   Plan& plan);

// Adds a step for a block of the manifest, and takes it out of `manifest` or has it replaced; `taken` are
// names of blocks that are in use, and gets those that the plan adds.
void plan_block(const DataLayout& layout, const blocks::BlockEntry& entry, const JudgedBlock& judged,
                std::set<std::string>& taken, Plan& plan, blocks::Manifest& manifest);

// Adds a step for a downsampled block beside one of every sample: it leaves, for the server to make it again. `there`: it
// has a file.
void plan_companion(const DataLayout& layout, const blocks::BlockEntry& entry, const std::string& wrong, bool there, Plan& plan,
                    blocks::Manifest& manifest);

}  // namespace isobar::repair
