package render

// fieldNames are the names of all fields of records, at any depth: those of
// docs/netstat.schema.json, to which a test holds them. The last lines are those of Windows inside of TCP.
const fieldNames = "" +
	"absent abstract accecn_fail_mode accecn_opt_seen accepted accepted_max accepting address addresses " +
	"advmss after alias alias_bytes all_namespaces altnames altnames_bytes app_limited args args_bytes argv0 argv0_bytes association " +
	"association_state association_state_bytes ato autobound aux_data backlog backoff backup backup_local backup_remote bbr_bw " +
	"bbr_cwnd_gain bbr_min_rtt bbr_pacing_gain before block_size blocks bound broadcast broadcast_errors " +
	"broadcast_next busy_time bytes bytes_acked bytes_received bytes_retrans bytes_sent ca_state cached " +
	"callsign callsign_bytes cap_ack capable_local capable_remote carrier cgroup cgroup_bytes cgroup_id change changed channel " +
	"checksums chunk_size cipher cipher_bytes cluster_scope collisions comm comm_bytes company company_bytes complete completion_size compressed " +
	"congestion congestion_bytes connected connection container context context_bytes control_in " +
	"control_out cookie copy_threshold count created cwnd data_segs_in data_segs_out dccp_state " +
	"dccp_state_bytes dctcp_ab_ecn dctcp_ab_tot dctcp_alpha dctcp_ce_state dctcp_enabled delivered " +
	"delivered_ce delivered_ce_bytes delivered_e0_bytes delivered_e1_bytes delivery_rate description " +
	"description_bytes destination destination_bytes detail device device_bytes digipeaters " +
	"digipeaters_bytes digits dma dmb dropped drops dsack_dups dumping duplicates ecn ecn_seen error " +
	"errors established executable executable_bytes executable_deleted extra_subflows fackets fallback " +
	"fallback_reason family fanout fastopen fastopen_child fastopen_fail features fifo file_inode " +
	"file_major file_minor fill_ring_empty fill_size flags flight fragment_point frame frame_size frames " +
	"fwd_alloc gaps gateway gateway_bytes gid gid_bytes group group_bytes groups hardware " +
	"hardware_address hardware_code headroom heartbeat id id_bytes in_queue in_streams index info inode " +
	"instance interface interface_bytes inverted io_base ip_protocol irq join join_local join_remote keepalive kind known label " +
	"label_bytes last_ack_recv last_data_recv last_data_sent link link_congested link_layer_references " +
	"link_layer_valid local_address local_addresses local_addresses_max local_call local_call_bytes " +
	"local_cid local_id local_more local_name local_name_bytes local_port local_scope loss lost map_length map_sequence map_subflow_sequence mapped mark mask " +
	"matches max_backlog max_burst max_pacing_rate max_segment media memberships memory memory_end " +
	"memory_start metric min_rtt mnemonic mnemonic_bytes mode module module_bytes module_path " +
	"module_path_bytes more mss mtu mtu_in mtu_out multicast name name_bytes named neighbour neighbours " +
	"netns netns_bytes netns_inode network no_enobufs no_padding no_space node node_scope nodes non_unicast notsent " +
	"number offload open optmem ordered_in ordered_out orig_dev original_destination_address " +
	"original_destination_port original_icmp_code original_icmp_type original_sequence_adjust " +
	"original_source_address original_source_port out_of_sequence out_queue out_streams outfill " +
	"owner_unknown owners pacing_rate package package_bytes packet_info packets packets_in packets_out pages parent part " +
	"partial peer peer_congested peer_diagnosis peer_gid peer_gid_bytes peer_groups peer_inode peer_port " +
	"peer_recv_buffer peer_tag peer_token peer_window peers pending per_second pid pmtu pod pod_bytes " +
	"port position preferred_source prefix_length primary_address primary_name primary_name_bytes " +
	"primary_port primary_scope primary_state private_size probes proto protocol protocol_bytes published " +
	"quality queue queue_length rcv_mss rcv_ooopack rcv_rtt rcv_space rcv_ssthresh rcv_wnd rcv_wscale " +
	"rcvbuf receive receive_bytes receive_closed received_ce received_ce_bytes received_e0_bytes received_e1_bytes " +
	"recv_buffer recv_queue recv_sequence reference references rehash remote_address remote_call " +
	"remote_call_bytes remote_cid remote_id remote_key remote_more remote_name remote_name_bytes " +
	"remote_port remote_scope remote_token reord_seen reordering reply_destination_address reply_destination_port " +
	"reply_icmp_code reply_icmp_type reply_sequence_adjust reply_source_address reply_source_port reserve " +
	"resources retire retrans retransmits rmem_alloc router_network router_network_bytes router_node " +
	"router_node_bytes rto rtt rttvar running runtime runtime_bytes rwnd_limited rx_bytes_per_second " +
	"rx_compressed_per_second rx_consumed rx_dropped rx_dropped_per_second rx_errors_per_second " +
	"rx_fifo_per_second rx_flags rx_frame_per_second rx_full rx_invalid rx_multicast_per_second " +
	"rx_non_unicast_per_second rx_packets_per_second rx_produced rx_ring rx_size rx_state_flags " +
	"rx_unknown_protocols_per_second sack sacked sacks_in sacks_out scope scopes security segs_in " +
	"segs_out send_buffer send_closed send_queue send_rate send_sequence sequence_offset sequences server service_type services " +
	"services_bytes shut_read shut_write signals signals_max signature signer signer_bytes size slice slice_bytes slip smc_state " +
	"smc_state_bytes snd_wnd snd_wscale sndbuf sndbuf_limited socket_state source source_prefix_length " +
	"srtt ssthresh started state stats status subflows subflows_max subflows_total tag tclass tcp_info " +
	"template template_bytes threads timeout timer timer_code timer_expires timestamp timestamps to_host " +
	"token tos total_retrans total_rto total_rto_recoveries total_rto_time translated transmit transmit_bytes " +
	"tx_bytes_per_second tx_carrier_per_second tx_collisions_per_second tx_compressed_per_second " +
	"tx_consumed tx_done tx_dropped_per_second tx_errors_per_second tx_fifo_per_second tx_flags " +
	"tx_invalid tx_non_unicast_per_second tx_packets_per_second tx_prepared tx_produced tx_ring " +
	"tx_ring_empty tx_sent tx_size tx_state_flags type uid ulp unacked unacked_sequence unit unit_bytes " +
	"unknown_protocols unlisted unordered_in unordered_out up use usec_timestamps user user_bytes " +
	"user_name user_name_bytes user_unit user_unit_bytes users v6only value vegas_enabled vegas_min_rtt " +
	"vegas_rtt vegas_rtt_count version version_bytes via via_gateway vnet_hdr waiting waiting_data window wmem_alloc " +
	"wmem_queued wrap write_sequence wscale zero_copy " +
	"abrupt_rto active_open bandwidth_in bandwidth_in_instability bandwidth_in_peaked bandwidth_out " +
	"bandwidth_out_instability bandwidth_out_peaked bytes_reordered bytes_unacked cong_avoid " +
	"cong_signals cwnd_bytes cwnd_limit cwnd_limited cwnd_limited_bytes cwnd_limited_count " +
	"data_bytes_in dup_ack_episodes dup_acks_in dup_acks_out ece_received ecn_signals fast_retrans " +
	"max_bytes_unacked max_cong_avoid_cwnd max_mss max_notsent max_rcv_wnd max_reasm_queue max_rto " +
	"max_rtt max_slow_start_cwnd max_snd_wnd max_ssthresh max_unread min_mss min_rcv_wnd min_rto " +
	"min_snd_wnd min_ssthresh other_reductions peer_mss post_cong_rtt_count post_cong_rtt_sum " +
	"pre_cong_cwnd_sum pre_cong_rtt_sum rcv_wnd_limit reasm_queue reord_dup_acks reord_episodes " +
	"rtt_count rtt_sum rwnd_limited_bytes rwnd_limited_count sack_blocks_in sample_rtt send_stalls " +
	"sender_limited sender_limited_bytes sender_limited_count slow_start soft_error_reason " +
	"soft_errors spurious_rto ssthresh_bytes subsequent_rto unread"
